"""Lists of a real cluster that a token sees in part: each is incomplete, and says what the token lacks."""

from __future__ import annotations

import pytest

from proxbox_plan.model.state import Cluster, Coverage, Incomplete
from tests.ignorance.access_model import NO_ACCESS, Access, AclEntry, others_of, pools_of
from tests.ignorance.estates import estate
from tests.ignorance.seen import seen_with
from tests.recordings import NORD

OWN = (AclEntry("/", "user", "Auditor"), AclEntry("/", "token", "Auditor"))


def seen(*entries: AclEntry) -> Cluster:
    """Collect the cluster with these entries beside those of an auditor."""
    made = estate(NORD)
    held = frozenset(made.answers["/access/permissions"].data["/"])
    roles = {
        "Auditor": held,
        "NoPools": held - {"Pool.Audit"},
        "Console": frozenset({"Sys.Console"}),
        NO_ACCESS: frozenset[str](),
    }
    access = Access((*OWN, *entries), roles, pools_of(made.answers), others_of(made.answers))
    return made.collect(seen_with(made.answers, made.asked, access)).clusters[0]


def coverages(cluster: Cluster) -> dict[str, Coverage]:
    """Return the coverage of the lists that depend on privileges."""
    assert cluster.sdn is not None
    lists = {name: getattr(cluster.coverage, name) for name in ("guests", "storages", "replications", "cpu_models")}
    bridges = next(node.coverage.network for node in cluster.nodes if node.online)
    return {**lists, "sdn": cluster.sdn.coverage, "bridges": bridges}


def test_an_auditor_sees_every_list() -> None:
    """With the access list of the recording, which has entries of others, too."""
    assert {name for name, coverage in coverages(seen()).items() if not coverage.complete} == set()


@pytest.mark.parametrize(
    ("path", "role", "incomplete"),
    [
        ("/vms/201", "Console", {"guests", "replications"}),
        ("/storage/local", "Console", {"storages"}),
        ("/pool/prod", NO_ACCESS, {"guests", "replications", "storages"}),
        ("/sdn/zones", "Console", {"sdn", "bridges"}),
        ("/sdn/zones/localnetwork", NO_ACCESS, {"sdn", "bridges"}),
        ("/mapping", "Console", {"cpu_models"}),
        ("/nodes", "Console", {"sdn"}),  # Proxmox omits nodes of a fabric that the token may not view
    ],
)
def test_what_may_be_hidden(path: str, role: str, incomplete: set[str]) -> None:
    """An entry of the user on one path: a role without the privileges, or NoAccess."""
    found = coverages(seen(AclEntry(path, "user", role)))
    lacking = {name: coverage for name, coverage in found.items() if not coverage.complete}
    assert set(lacking) == incomplete
    assert {coverage.reason for coverage in lacking.values()} == {Incomplete.FORBIDDEN}
    assert all(path in coverage.detail for coverage in lacking.values())


@pytest.mark.parametrize("path", ["/vms/101", "/storage/zfs-vm"])
def test_a_pool_gives_what_a_role_takes_away(path: str) -> None:
    """The roles of the pool and of the path are combined: it is still visible."""
    assert [
        name for name, coverage in coverages(seen(AclEntry(path, "user", "Console"))).items() if not coverage.complete
    ] == []


def test_pools_that_are_hidden() -> None:
    """A guest whose row has its pool is in it; of every other one it is unknown."""
    cluster = seen(AclEntry("/pool/prod", "user", "NoPools"))
    assert cluster.coverage.guests.complete
    assert {guest.coverage.pool.complete for guest in cluster.guests if guest.pool} == {True}
    assert {guest.coverage.pool.reason for guest in cluster.guests if not guest.pool} == {Incomplete.FORBIDDEN}
