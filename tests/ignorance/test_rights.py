"""The model of Proxmox's rights says what the recordings of tokens with few rights show."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ignorance.access_model import NO_ACCESS, Access, AclEntry, others_of, pools_of
from tests.ignorance.answers import OK, recorded
from tests.ignorance.estates import RECORDINGS, estate
from tests.ignorance.privileges import full_access
from tests.ignorance.seen import seen_with
from tests.recordings import CLUSTER_9, CLUSTER_9_ROOT, NO_RIGHTS, NORD, NORD_ONE_POOL

AUDIT = frozenset({"VM.Audit"})
NAMES = ("vmid", "storage", "pool", "node", "iface", "zone", "vnet", "id", "name", "path", "group", "cputype")
MADE_BY_HAND = {"/access/acl"}
"""The entries of the model's token are not those of the recorded one."""


def differences(full: str, less: str, access: Access) -> dict[str, Any]:
    """Return what the model says otherwise than a recording, of all that both hold."""
    answers, wanted = estate(full).answers, recorded(less)
    asked = [key for key in estate(full).asked if key in wanted]
    said = {**answers, **seen_with(answers, tuple(asked), access)}
    assert len(asked) > 30
    return {
        key: (said[key].reason, wanted[key].reason, said[key].content[:300], wanted[key].content[:300])
        for key in asked
        if said[key].status != wanted[key].status
        or said[key].reason != wanted[key].reason
        or (said[key].status == OK and rows(said[key].data) != rows(wanted[key].data))
    }


def rows(data: Any) -> Any:
    """Return which rows there are, and which fields they have; of a table, what it says."""
    if not isinstance(data, list):
        return data if isinstance(data, dict) and all(isinstance(value, dict) for value in data.values()) else None
    return sorted(
        (sorted(row), [str(row.get(name)) for name in NAMES if name != "pool"], row.get("pool")) for row in data
    )


def given(role: frozenset[str], *paths: str, recording: str) -> Access:
    """Give a token and its user a role."""
    entries = tuple(AclEntry(path, who, "Given") for path in paths for who in ("user", "token"))
    answers = estate(recording).answers
    return Access(entries, {"Given": role}, pools_of(answers), others_of(answers))


def test_a_token_for_one_pool() -> None:
    """Row by row, field by field, refusal by refusal, what a token with VM.Audit on one pool was answered."""
    assert differences(NORD, NORD_ONE_POOL, given(AUDIT, "/pool/prod/web", recording=NORD)) == {}


def test_a_token_without_rights() -> None:
    """The same of one without any."""
    assert differences(CLUSTER_9, NO_RIGHTS, given(AUDIT, recording=CLUSTER_9)) == {}


def test_an_auditor_from_what_root_sees() -> None:
    """What PVEAuditor is answered is part of what root is answered."""
    role = frozenset(recorded(CLUSTER_9)["/access/permissions"].data["/"])
    found = differences(CLUSTER_9_ROOT, CLUSTER_9, given(role, "/", recording=CLUSTER_9_ROOT))
    # Root's was recorded later: the job had run by then, and numbers of pools come and go.
    assert set(found) <= {"/access/acl", "/cluster/replication", "/cluster/resources"}


@pytest.mark.parametrize("name", RECORDINGS)
def test_full_rights_take_nothing_away(name: str) -> None:
    """With the rights of the recording the model answers as it."""
    made = estate(name)
    assert set(seen_with(made.answers, made.asked, full_access(made))) <= MADE_BY_HAND


def access(*entries: AclEntry, separated: bool = True) -> Access:
    """Return rights out of two roles, with one pool."""
    roles = {"Both": frozenset({"A", "B"}), "OnlyA": frozenset({"A"}), NO_ACCESS: frozenset[str]()}
    return Access(entries, roles, {"p": frozenset({"/vms/1", "/storage/s"})}, separated=separated)


TOKEN = AclEntry("/", "token", "Both")
USER = AclEntry("/", "user", "Both")


def test_token_and_user_must_both_have_it() -> None:
    """With privilege separation; without, the user's count."""
    assert access(TOKEN, AclEntry("/", "user", "OnlyA")).privileges("/vms/9") == {"A": True}
    assert access(TOKEN).privileges("/") == {}
    assert access(AclEntry("/", "user", "OnlyA"), separated=False).privileges("/vms") == {"A": True}


def test_a_deeper_entry_replaces() -> None:
    """Also with less; and without propagation it counts on its own path only."""
    assert access(TOKEN, USER, AclEntry("/vms", "user", "OnlyA")).privileges("/vms/9") == {"A": True}
    alone = access(TOKEN, USER, AclEntry("/vms", "user", "OnlyA", propagate=False))
    assert alone.privileges("/vms") == {"A": False}
    assert alone.privileges("/vms/9") == {"A": True, "B": True}


def test_the_user_overrides_its_groups() -> None:
    """On the same path; a deeper entry of a group replaces what the user has above."""
    both = access(TOKEN, USER, AclEntry("/vms", "user", "Both"), AclEntry("/vms", "group", NO_ACCESS))
    assert set(both.privileges("/vms/9")) == {"A", "B"}
    assert access(TOKEN, USER, AclEntry("/vms", "group", NO_ACCESS)).privileges("/vms/9") == {}


def test_no_access_trumps() -> None:
    """Other roles on its path, and what a pool's guests and storages have otherwise."""
    assert access(TOKEN, USER, AclEntry("/", "user", NO_ACCESS)).privileges("/") == {}
    blocked = access(TOKEN, USER, AclEntry("/pool/p", "group", NO_ACCESS))
    assert (blocked.privileges("/vms/1"), blocked.privileges("/storage/s")) == ({}, {})
    assert set(blocked.privileges("/vms/2")) == {"A", "B"}


def test_a_pool_adds() -> None:
    """Without propagation; but not to what is blocked on the path itself."""
    pool = (AclEntry("/pool/p", "user", "OnlyA"), AclEntry("/pool/p", "token", "OnlyA"))
    assert access(*pool).privileges("/vms/1") == {"A": False}
    assert access(*pool, AclEntry("/vms/1", "user", NO_ACCESS)).privileges("/vms/1") == {}


def test_effective_permissions() -> None:
    """Paths with nothing are not listed, so a NoAccess does not show."""
    found = access(TOKEN, USER, AclEntry("/sdn", "user", NO_ACCESS)).effective()
    assert "/sdn" not in found
    assert found["/vms/1"] == {"A": 1, "B": 1}
