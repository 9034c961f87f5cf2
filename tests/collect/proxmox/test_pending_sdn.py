"""SDN that is not applied: only lists that are compared with what runs say so."""

from __future__ import annotations

from proxbox_plan.model.state import Incomplete
from proxbox_plan.model.state.sdn import Sdn, SdnPending
from tests.ignorance.answers import Reply, ok, recorded, refused
from tests.ignorance.estate import collect
from tests.recordings import CLUSTER_9

ZONES, VNETS = "/cluster/sdn/zones?pending=1", "/cluster/sdn/vnets?pending=1"


def _sdn(**replies: Reply) -> Sdn:
    places = {"zones": ZONES, "vnets": VNETS}
    state, _ = collect(recorded(CLUSTER_9) | {places[name]: reply for name, reply in replies.items()})
    sdn = state.clusters[0].sdn
    assert sdn is not None
    return sdn


def test_where_all_is_applied() -> None:
    """No row has a state."""
    sdn = _sdn()
    assert (sdn.pending, sdn.pending_coverage.complete) == ((), True)


def test_what_is_new_changed_or_deleted() -> None:
    """A new object has its values apart, and a deleted one is in no other list; what is configured stays as it is."""
    zones = [
        {"zone": "fresh", "state": "new", "pending": {"type": "simple", "ipam": "pve"}},
        {"zone": "vz", "type": "vlan", "bridge": "vmbr0", "state": "changed", "pending": {"bridge": "vmbr1"}},
        {"zone": "zone1", "type": "simple"},
    ]
    sdn = _sdn(zones=ok(zones), vnets=ok([{"vnet": "old", "zone": "vz", "state": "deleted"}]))
    assert sdn.pending == (
        SdnPending(kind="vnet", name="old", state="deleted"),
        SdnPending(kind="zone", name="fresh", state="new"),
        SdnPending(kind="zone", name="vz", state="changed"),
    )
    assert sdn.pending_coverage.complete
    assert sdn.replace(pending=()) == _sdn()


def test_what_was_not_read() -> None:
    """Is incomplete for itself: no plan depends on it, so the rest of SDN stays what it is."""
    for reply, reason in (
        (refused(403, "Permission check failed"), Incomplete.FORBIDDEN),
        (ok([{"state": "new"}]), Incomplete.BAD_ANSWER),
    ):
        sdn = _sdn(zones=reply)
        assert sdn.pending_coverage.reason is reason
        assert sdn.coverage.complete
