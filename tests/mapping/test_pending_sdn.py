"""SDN that is not applied: only a list with `pending=1` says so, and nothing changes while that was not read."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.state.sdn import PendingKind, SdnPending
from tests.plan import everything as full
from tests.plan.lab import incomplete
from tests.plan.world import World, fields_of, policy, summary

L2VPN = "l2vpn:lab/sdn/vnet/evnet"


def settled(**fields: Any) -> World:
    """Return a NetBox that agrees with the SDN of a cluster."""
    made = World(
        full.state(full.cluster(sdn=full.sdn().model_copy(update=fields))),
        policy(full.cluster_policy(), areas=full.ALL).without_limits(),
        plugins=full.PLUGIN,
    )
    made.apply()
    assert made.plan().changes == ()
    return made


def given(made: World, **fields: Any) -> World:
    """Let the cluster have this SDN from now on."""
    made.state = full.state(full.cluster(sdn=full.sdn().model_copy(update=fields)))
    return made


@pytest.mark.parametrize(
    ("kind", "name", "state"),
    [("controller", "evpn1", "new"), ("zone", "ev", "changed"), ("vnet", "vnet20", "deleted")],
)
def test_what_is_not_applied(kind: PendingKind, name: str, state: str) -> None:
    """The plugin's object has the state, and no other object changes."""
    made = given(settled(), pending=(SdnPending(kind=kind, name=name, state=state),))
    address = f"proxbox-sdn-{kind}:lab/sdn/{kind}/{name}"
    plan = made.plan()
    assert [line[1] for line in summary(plan)] == [address]
    assert fields_of(plan, address)["state"] == ("", state)


@pytest.mark.parametrize(
    ("state", "status"), [("new", "planned"), ("changed", "planned"), ("deleted", "decommissioning")]
)
def test_the_status_of_an_l2vpn(state: str, status: str) -> None:
    """It follows the vnet."""
    made = given(settled(), pending=(SdnPending(kind="vnet", name="evnet", state=state),))
    assert fields_of(made.plan(), L2VPN)["status"] == ("active", status)


def test_while_it_was_not_read() -> None:
    """All stays as it is."""
    made = settled(pending=(SdnPending(kind="vnet", name="evnet", state="new"),))
    assert given(made, pending_coverage=incomplete()).plan().changes == ()
