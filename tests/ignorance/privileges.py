"""Tokens that may see less than the one that NetBox was synced with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from tests.ignorance.access_model import NO_ACCESS, Access, AclEntry, Who, others_of, pools_of
from tests.ignorance.answers import Answers
from tests.ignorance.case import Case, Sort
from tests.ignorance.estate import Estate
from tests.ignorance.seen import seen_with

FULL = "Full"
LESS = "Less"
OTHER = "Other"
FOREIGN = frozenset({"Sys.Console"})
"""A privilege that the token has nowhere."""
RELEVANT = (
    "Datastore.Allocate",
    "Datastore.AllocateSpace",
    "Datastore.Audit",
    "Mapping.Audit",
    "Pool.Audit",
    "SDN.Audit",
    "Sys.Audit",
    "VM.Audit",
    "VM.Backup",
    "VM.GuestAgent.Audit",
)
TREES = (
    "/",
    "/access",
    "/mapping",
    "/nodes",
    "/pool",
    "/sdn",
    "/sdn/zones",
    "/sdn/zones/localnetwork",
    "/storage",
    "/vms",
)
CONCERNS = {
    "/access": ("Sys.",),
    "/mapping": ("Mapping.",),
    "/nodes": ("Sys.",),
    "/pool": ("Pool.", "VM.", "Datastore."),
    "/sdn": ("SDN.",),
    "/storage": ("Datastore.",),
    "/vms": ("VM.",),
}
"""Privileges that are asked for below a tree."""
_NAMED = re.compile(r"^/(vms|storage|nodes|pool|sdn/zones)/(?!localnetwork).+$")


def privileges(estate: Estate, *, elsewhere: frozenset[tuple[str, str]]) -> Iterator[Case]:
    """Give every privilege on every path, and NoAccess, by user, token and group.

    In every run all that is said of whole trees and of a few guests, storages, nodes, zones and pools, unless it is
    tried on another recording: `elsewhere`.
    """
    for case in _privileges(estate):
        tried = (case.endpoint, case.fault) in elsewhere
        yield replace(case, sampled=case.sampled and not tried)


def _privileges(estate: Estate) -> Iterator[Case]:
    everything = _held(estate)
    often = set(_few(estate))
    for path in (*TREES, *_named(estate)):
        place = place_of(path)
        for who in ("user", "token", "group"):
            yield _case(estate, path, f"NoAccess for the {who}", _blocked(estate, path, who), sampled=path in often)
        for privilege in RELEVANT:
            if privilege in everything and _concerns(path, privilege):
                access = _lacking(estate, path, privilege)
                yield _case(estate, path, f"no {privilege}", access, sampled=path in often)
        yield _case(estate, path, "a role of something else", _replaced(estate, path), sampled=path in often)
        yield _case(estate, path, "nothing but this", _only(estate, path), sampled=path in often and place == path)
    roles = {FULL: everything}
    alone = tuple(AclEntry("/", who, FULL, propagate=False) for who in ("user", "token"))
    yield _case(estate, "/", "without propagation", Access(alone, roles, **_rest(estate)), sampled=True)
    yield _case(estate, "/", "no rights at all", Access((), roles, **_rest(estate)), sampled=True)
    token = (AclEntry("/", "token", FULL),)
    yield _case(estate, "/", "only the token has rights", Access(token, roles, **_rest(estate)), sampled=True)


def _case(estate: Estate, path: str, fault: str, access: Access, *, sampled: bool) -> Case:
    return Case(
        recording=estate.name,
        sort=Sort.RIGHT,
        endpoint=f"rights on {place_of(path)}",
        fault=fault,
        where=path,
        make=partial(_answers, estate, access),
        sampled=sampled,
    )


def _answers(estate: Estate, access: Access) -> Answers:
    return seen_with(estate.answers, estate.asked, access)


def place_of(path: str) -> str:
    """Return a path without the name that it is about."""
    named = _NAMED.match(path)
    return f"/{named[1]}/X" if named else path


def full_access(estate: Estate) -> Access:
    """Return the rights of the token that NetBox was synced with."""
    entries = tuple(AclEntry("/", who, FULL) for who in ("user", "token"))
    return Access(entries, {FULL: _held(estate)}, **_rest(estate))


def _blocked(estate: Estate, path: str, who: Who) -> Access:
    """Block a path; a group's entry only counts where the user has none of its own."""
    roles = {FULL: _held(estate), NO_ACCESS: frozenset[str]()}
    own: Who = "group" if (who, path) == ("group", "/") else "user"
    entries = tuple(AclEntry("/", other, FULL) for other in (own, "token") if (other, path) != (who, "/"))
    return Access((*entries, AclEntry(path, who, NO_ACCESS)), roles, **_rest(estate))


def _lacking(estate: Estate, path: str, privilege: str) -> Access:
    """Give everything but one privilege on a path: the user's entry there replaces what it has above."""
    roles = {FULL: _held(estate), LESS: _held(estate) - {privilege}}
    token = AclEntry("/", "token", FULL)
    if path == "/":
        return Access((token, AclEntry("/", "user", LESS)), roles, **_rest(estate))
    entries = (token, AclEntry("/", "user", FULL), AclEntry(path, "user", LESS))
    pools = pools_of(estate.answers)
    # A pool would give the privilege all the same: it must lack it, too.
    more = tuple(AclEntry(f"/pool/{pool}", "user", LESS) for pool, members in pools.items() if path in members)
    return Access((*entries, *more), roles, **_rest(estate))


def _replaced(estate: Estate, path: str) -> Access:
    """Give the user another role on a path: nothing is left there, and no NoAccess says so."""
    roles = {FULL: _held(estate), OTHER: FOREIGN}
    above = () if path == "/" else (AclEntry("/", "user", FULL),)
    entries = (AclEntry("/", "token", FULL), *above, AclEntry(path, "user", OTHER))
    return Access(entries, roles, **_rest(estate))


def _only(estate: Estate, path: str) -> Access:
    entries = tuple(AclEntry(path, who, FULL) for who in ("user", "token"))
    return Access(entries, {FULL: _held(estate)}, **_rest(estate))


def _rest(estate: Estate) -> dict[str, Any]:
    """Return what is the same whatever our rights are."""
    return {"pools": pools_of(estate.answers), "others": others_of(estate.answers)}


def _held(estate: Estate) -> frozenset[str]:
    return frozenset(estate.answers["/access/permissions"].data["/"])


def _concerns(path: str, privilege: str) -> bool:
    if path == "/":
        return True
    tree = "/" + path.split("/")[1]
    return privilege.startswith(CONCERNS[tree])


def _named(estate: Estate) -> list[str]:
    """Return the paths of all guests, storages, online nodes, zones and pools."""
    answers = estate.answers
    rows = answers["/cluster/resources"].data
    found = [f"/vms/{row['vmid']}" for row in rows if row["type"] in {"qemu", "lxc"}]
    found += [f"/storage/{row['storage']}" for row in answers["/storage"].data]
    found += [f"/nodes/{row['node']}" for row in answers["/nodes"].data]
    found += [f"/sdn/zones/{row['zone']}" for row in answers["/cluster/sdn/zones"].data]
    found += [f"/pool/{pool}" for pool in pools_of(answers)]
    return sorted(found)


def _few(estate: Estate) -> list[str]:
    """Return whole trees, and of each sort of thing one that others depend on, and all pools."""
    answers = estate.answers
    rows = [row for row in answers["/cluster/resources"].data if row.get("status") == "running" and "vmid" in row]
    replicated = {row["guest"] for row in answers["/cluster/replication"].data}
    guests = sorted(rows, key=lambda row: (row["vmid"] not in replicated, "pool" not in row, row["vmid"]))
    nodes = [row["node"] for row in answers["/nodes"].data if row["status"] == "online"]
    zones = {row["zone"] for row in answers["/cluster/sdn/vnets"].data}
    storages = [
        storage
        for storage in ("local", "shared", "zfs-vm")
        if any(row["storage"] == storage for row in answers["/storage"].data)
    ]
    return [
        *TREES,
        *(f"/vms/{row['vmid']}" for row in guests[:2]),
        *(f"/nodes/{node}" for node in sorted(nodes)[:1]),
        *(f"/sdn/zones/{zone}" for zone in sorted(zones)[:1]),
        *(f"/storage/{storage}" for storage in storages[:1]),
        *(f"/pool/{pool}" for pool in pools_of(answers)),
    ]
