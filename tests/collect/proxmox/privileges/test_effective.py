"""What the effective privileges prove: if a list is said to be complete, Proxmox hides nothing of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from proxbox_plan.clients.proxmox.client import ProxmoxReadError
from proxbox_plan.collect.proxmox.privileges.effective import (
    ALLOCATE,
    AUDIT_NODE,
    SEE_ACCESS_LIST,
    SEE_BRIDGES,
    SEE_CPU_MODELS,
    SEE_FABRIC_NODES,
    SEE_GUESTS,
    SEE_POOLS,
    SEE_SDN,
    SEE_STORAGES,
    EffectivePrivileges,
    read_effective_privileges,
)
from proxbox_plan.model.connection import ProxmoxConnection
from proxbox_plan.model.state import COMPLETE, Incomplete
from tests.examples import examples
from tests.ignorance.access_model import NO_ACCESS, TOKEN_ID, Access, AclEntry, levels_of
from tests.ignorance.estate import CONNECTION, TOKEN, USER

AUDIT = frozenset({"VM.Audit"})
AUDITOR = frozenset(
    {"VM.Audit", "Datastore.Audit", "Pool.Audit", "SDN.Audit", "Sys.Audit", "Mapping.Audit", "VM.Backup"}
)
ROLES: Mapping[str, frozenset[str]] = {
    "Auditor": AUDITOR,
    "NoGuests": AUDITOR - AUDIT,
    "NoSystem": AUDITOR - {"Sys.Audit"},
    "OnlyGuests": AUDIT,
    "OnlyStorages": frozenset({"Datastore.AllocateSpace"}),
    "Console": frozenset({"Sys.Console"}),
    NO_ACCESS: frozenset(),
}
SEES = {
    SEE_GUESTS: ("/vms/1", "/vms/2", "/vms/3"),
    SEE_STORAGES: ("/storage/s", "/storage/t"),
    SEE_POOLS: ("/pool/p", "/pool/p/q", "/pool/r"),
    SEE_SDN: ("/sdn/zones/z", "/sdn/zones/z/v", "/sdn/zones/y", "/sdn/controllers/c", "/sdn/fabrics/f"),
    SEE_BRIDGES: ("/sdn/zones/localnetwork/vmbr0", "/sdn/zones/localnetwork/vmbr1"),
    SEE_CPU_MODELS: ("/mapping/cpu/m", "/mapping/cpu/n"),
    SEE_FABRIC_NODES: ("/nodes/a", "/nodes/b"),
}
"""Objects of each list, of which Proxmox shows those the token has a privilege on."""
PATHS = sorted({level for paths in SEES.values() for path in paths for level in levels_of(path)} | {"/access"})
OWN = (AclEntry("/", "user", "Auditor"), AclEntry("/", "token", "Auditor"))
WHO = st.sampled_from(("user", "token", "group"))
ENTRIES = st.builds(AclEntry, st.sampled_from(PATHS), WHO, st.sampled_from(sorted(ROLES)), st.booleans()) | st.builds(
    AclEntry, st.sampled_from(("/pool", "/pool/p")), WHO, st.sampled_from(("Auditor", NO_ACCESS)), st.booleans()
)
STRANGERS = st.fixed_dictionaries(
    {
        "path": st.sampled_from(PATHS),
        "roleid": st.sampled_from(sorted(ROLES)),
        "propagate": st.sampled_from((0, 1)),
        "type": st.just("user"),
        "ugid": st.just("operator@pve"),
    }
)
MEMBERS = st.tuples(st.sampled_from(("p", "p/q", "r")), st.sampled_from(("/vms/1", "/vms/2", "/storage/s")))
NAMES = {"user": USER, "token": TOKEN_ID, "group": "readers"}


def row(entry: AclEntry) -> dict[str, Any]:
    """Return the row of the access list."""
    return {
        "path": entry.path,
        "roleid": entry.role,
        "propagate": int(entry.propagate),
        "type": entry.who,
        "ugid": NAMES[entry.who],
    }


def access_of(
    entries: tuple[AclEntry, ...],
    *,
    members: tuple[tuple[str, str], ...] = (),
    strangers: tuple[dict[str, Any], ...] = (),
    separated: bool = True,
) -> Access:
    """Return the model of Proxmox's own evaluation."""
    pool_of = {member: pool for pool, member in members}
    pools = {pool: frozenset(member for member, other in pool_of.items() if other == pool) for pool, _ in members}
    others = frozenset(one["path"] for one in strangers)
    return Access(entries, ROLES, pools, others, separated=separated)


def read(access: Access, strangers: tuple[dict[str, Any], ...] = (), shown: int = 0) -> EffectivePrivileges:
    """Read what such a token is answered; without Sys.Audit on /access, the first rows of the list at most."""
    rows = [*map(row, access.entries), *strangers]
    listed = rows if access.may("/access", "Sys.Audit") else rows[:shown]
    return read_effective_privileges(CONNECTION, access.effective, lambda: listed)


@pytest.mark.covering
@settings(max_examples=examples(2000))
@given(
    st.tuples(st.sampled_from((OWN, ())), st.lists(ENTRIES, max_size=6)),
    st.lists(MEMBERS, max_size=3),
    st.lists(STRANGERS, max_size=3),
    st.booleans(),
    st.integers(0, 9),
)
def test_what_is_proven_complete_hides_nothing(
    entries: tuple[tuple[AclEntry, ...], list[AclEntry]],
    members: list[tuple[str, str]],
    strangers: list[dict[str, Any]],
    separated: bool,  # noqa: FBT001 # drawn
    shown: int,
) -> None:
    """Whatever the access list holds: entries of the user, the token and a group, on pools, for others."""
    others = tuple(strangers)
    access = access_of((*entries[0], *entries[1]), members=tuple(members), strangers=others, separated=separated)
    found = read(access, others, shown)
    for (tree, privileges), objects in SEES.items():
        if found.prove(tree, privileges).complete:
            assert [path for path in objects if not access.may(path, *privileges)] == []
        for path in objects:
            if found.holds(path, privileges).complete:
                assert access.may(path, *privileges)


@given(st.lists(MEMBERS, max_size=3), st.lists(STRANGERS, max_size=5), st.booleans())
def test_an_auditor_proves_every_list(
    members: list[tuple[str, str]],
    strangers: list[dict[str, Any]],
    separated: bool,  # noqa: FBT001 # drawn
) -> None:
    """What others may do, or may not, does not matter to a token with PVEAuditor on `/`."""
    access = access_of(OWN, members=tuple(members), strangers=tuple(strangers), separated=separated)
    found = read(access, tuple(strangers))
    assert {tree: found.prove(tree, privileges) for tree, privileges in SEES} == dict.fromkeys(
        (tree for tree, _ in SEES), COMPLETE
    )
    assert found.prove("/", AUDIT_NODE) == COMPLETE


@pytest.mark.parametrize("who", ["user", "token", "group"])
@pytest.mark.parametrize("path", ["/pool", "/pool/p", "/pool/p/q"])
def test_no_access_on_a_pool_hides_guests_and_storages(path: str, who: Any) -> None:
    """It trumps what the token has on them otherwise."""
    access = access_of((*OWN, AclEntry(path, who, NO_ACCESS)), members=(("p/q", "/vms/1"),))
    assert not access.may("/vms/1", "VM.Audit")
    found = read(access)
    for tree, privileges in (SEE_GUESTS, SEE_STORAGES):
        assert found.prove(tree, privileges).reason is Incomplete.FORBIDDEN
        assert found.prove(tree, privileges).detail == f"NoAccess on {path} hides the guests and storages of a pool"
    assert found.prove("/storage/unpooled", SEE_STORAGES[1]).reason is Incomplete.FORBIDDEN
    assert found.prove(*SEE_FABRIC_NODES) == COMPLETE


def test_a_pool_that_is_blocked_proves_nothing_of_all_guests() -> None:
    """As in the report of this fault, and with what Proxmox always reports."""
    paths = {"/": {"VM.Audit": 1}}
    blocked = frozenset({"/pool/prod"})
    assert not EffectivePrivileges(paths=paths, blocked=blocked).prove("/vms", AUDIT).complete
    told = {path: {"VM.Audit": 1} for path in ("/", "/vms", "/storage", "/pool")}
    assert EffectivePrivileges(told, access_list=COMPLETE).prove("/vms", AUDIT).complete
    assert not EffectivePrivileges(told, blocked=blocked, access_list=COMPLETE).prove("/vms", AUDIT).complete
    assert not EffectivePrivileges(told, blocked=blocked, access_list=COMPLETE).prove("/", AUDIT).complete


def test_a_role_that_does_not_propagate_overrides_a_group_on_its_own_path_only() -> None:
    """The token has privileges on /pool then, and yet the NoAccess of the group applies to the pools below."""
    here = AclEntry("/pool", "user", "Auditor", propagate=False)
    access = access_of((*OWN, here, AclEntry("/pool", "group", NO_ACCESS)), members=(("p", "/vms/1"),))
    assert access.may("/pool", "Pool.Audit")
    assert not access.may("/vms/1", "VM.Audit")
    assert not read(access).prove(*SEE_GUESTS).complete


def test_no_access_of_a_group_that_the_user_is_not_in() -> None:
    """Its members are unknown, but a privilege on the pool shows that it does not apply."""
    group = {"path": "/pool/p", "roleid": NO_ACCESS, "propagate": 1, "type": "group", "ugid": "interns"}
    access = access_of(OWN, members=(("p", "/vms/1"),), strangers=(group,))
    assert read(access, (group,)).prove(*SEE_GUESTS) == COMPLETE


def test_another_role_on_a_path_takes_the_privileges_away() -> None:
    """A deeper entry replaces what is inherited; without a privilege Proxmox does not report the path."""
    for path in ("/vms", "/vms/1"):
        found = read(access_of((*OWN, AclEntry(path, "user", "Console"))))
        assert path not in found.paths
        assert found.prove(*SEE_GUESTS).reason is Incomplete.FORBIDDEN
        assert path in found.prove(*SEE_GUESTS).detail
        assert found.prove(*SEE_STORAGES) == COMPLETE


def test_a_role_below_that_has_the_privilege_hides_nothing() -> None:
    """On a guest it need not propagate, as nothing is below; on a zone it must."""
    assert (
        read(access_of((*OWN, AclEntry("/vms/1", "user", "OnlyGuests", propagate=False)))).prove(*SEE_GUESTS).complete
    )
    for propagate in (True, False):
        found = read(access_of((*OWN, AclEntry("/sdn/zones/z", "user", "Auditor", propagate=propagate))))
        assert found.prove(*SEE_SDN).complete is propagate


def test_without_sys_audit_on_access_nothing_is_proven() -> None:
    """Proxmox filters the access list then, so that nothing shows where access is denied."""
    found = read(access_of((*OWN, AclEntry("/access", "user", "NoSystem"))))
    assert found.prove(*SEE_GUESTS).reason is Incomplete.FORBIDDEN
    assert "Sys.Audit on /access" in found.prove(*SEE_GUESTS).detail
    assert not found.holds(*SEE_ACCESS_LIST).complete
    assert found.holds("/", AUDIT_NODE).complete  # a path that Proxmox reports is known all the same


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], Incomplete.CONTRADICTION),
        ([row(OWN[0]), {"path": "/vms"}], Incomplete.BAD_ANSWER),
        ([row(OWN[0]), {**row(OWN[0]), "path": "/" * 2000}], Incomplete.BAD_ANSWER),
        ({}, Incomplete.BAD_ANSWER),
        ([row(OWN[0])], Incomplete.CONTRADICTION),
        ([row(OWN[0]), row(AclEntry("/sdn/zones/z", "user", "Auditor"))], None),
    ],
)
def test_an_access_list_that_is_not_whole_proves_nothing(rows: Any, reason: Incomplete | None) -> None:
    """Empty although the token has privileges, not valid, or without an entry on a path that has privileges."""
    access = access_of((*OWN, AclEntry("/sdn/zones/z", "user", "Auditor")))
    found = read_effective_privileges(CONNECTION, access.effective, lambda: rows)
    assert found.access_list.reason is reason
    assert found.prove(*SEE_GUESTS).reason is reason


def test_answers_that_do_not_come() -> None:
    """Neither the permissions nor the access list."""

    def fail() -> Any:
        raise ProxmoxReadError("/access", Incomplete.TIMEOUT, "no answer")

    unread = read_effective_privileges(CONNECTION, fail, list)
    assert unread.prove(*SEE_GUESTS).reason is Incomplete.TIMEOUT
    assert unread.holds("/", AUDIT_NODE).reason is Incomplete.TIMEOUT
    assert unread.anywhere(AUDIT)
    assert read_effective_privileges(CONNECTION, list, list).prove(*SEE_GUESTS).reason is Incomplete.BAD_ANSWER
    access = access_of(OWN)
    unlisted = read_effective_privileges(CONNECTION, access.effective, fail)
    assert unlisted.prove(*SEE_GUESTS).reason is Incomplete.TIMEOUT
    assert (unlisted.anywhere(AUDIT), unlisted.anywhere(ALLOCATE)) == (True, False)


def test_root_sees_everything() -> None:
    """Proxmox checks nothing for root@pam; a token of it may have less, and may find an empty access list."""
    root = ProxmoxConnection(cluster="lab", host="pve", user="root@pam", password=SecretStr("not-a-secret"))
    found = read_effective_privileges(root, dict, list)
    assert found.prove(*SEE_GUESTS) == found.holds("/nodes/a", AUDIT_NODE) == COMPLETE
    assert found.anywhere(ALLOCATE)
    token = ProxmoxConnection(cluster="lab", host="pve", user="root@pam", token_name=TOKEN)
    everything = access_of(OWN).effective()
    assert read_effective_privileges(token, lambda: everything, list).prove(*SEE_GUESTS) == COMPLETE
    assert not read_effective_privileges(token, dict, list).prove(*SEE_GUESTS).complete


def test_a_name_in_another_case_is_the_same_user() -> None:
    """Some realms ignore it: the access list has the name as it was created."""
    other = {**row(AclEntry("/pool/p", "user", NO_ACCESS)), "ugid": USER.upper()}
    found = read_effective_privileges(CONNECTION, access_of(OWN).effective, lambda: [row(OWN[0]), other])
    assert found.blocked == {"/pool/p"}


def test_one_path() -> None:
    """What a path has itself decides, else what is passed on to it."""
    found = read(access_of((*OWN, AclEntry("/storage/s", "user", "Console"))))
    assert found.holds("/storage/t", SEE_STORAGES[1]) == COMPLETE
    assert found.holds("/storage/s", SEE_STORAGES[1]).detail == (
        "the token has no Datastore.AllocateSpace or Datastore.Audit on /storage/s"
    )
    assert found.holds("/pool", ALLOCATE).detail == "the token has no Datastore.Allocate that propagates on /pool"
