"""The token's effective privileges. Proxmox silently hides what a token may not view, so they prove lists complete."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from proxbox_plan.clients.proxmox.client import ProxmoxReadError
from proxbox_plan.collect.proxmox.api_models.answer import read_rows
from proxbox_plan.collect.proxmox.api_models.cluster import AclRow
from proxbox_plan.collect.proxmox.reading import Ask, incomplete, incomplete_because, wrong_shape
from proxbox_plan.model.connection import ProxmoxConnection
from proxbox_plan.model.state import COMPLETE, NOT_READ, Coverage, Incomplete
from proxbox_plan.model.state.coverage import first_incomplete

PERMISSIONS, ACL = "/access/permissions", "/access/acl"
SEE_ACCESS_LIST = ("/access", frozenset({"Sys.Audit"}))
SEE_GUESTS = ("/vms", frozenset({"VM.Audit"}))
SEE_POOLS = ("/pool", frozenset({"Pool.Audit"}))
SEE_STORAGES = ("/storage", frozenset({"Datastore.Audit", "Datastore.AllocateSpace"}))
SEE_BRIDGES = ("/sdn/zones/localnetwork", frozenset({"SDN.Audit", "SDN.Use"}))
SEE_SDN = ("/sdn", frozenset({"SDN.Audit", "SDN.Allocate"}))
SEE_FABRIC_NODES = ("/nodes", frozenset({"Sys.Audit", "Sys.Modify"}))
SEE_CPU_MODELS = ("/mapping/cpu", frozenset({"Mapping.Audit", "Mapping.Modify"}))
BACK_UP = ("/vms", frozenset({"VM.Backup"}))
AUDIT_NODE = frozenset({"Sys.Audit"})
ALLOCATE = frozenset({"Datastore.Allocate"})
ALLOCATE_SPACE = frozenset({"Datastore.AllocateSpace"})
NO_ACCESS = "NoAccess"
ROOT = "root@pam"
ALWAYS_REPORTED = frozenset({"/", "/access", "/access/groups", "/nodes", "/pool", "/sdn", "/storage", "/vms"})
"""Paths that /access/permissions lists whenever the token has a privilege there."""
_LEAF = re.compile(r"/(?:nodes|storage|vms)/[^/]+")
_IN_POOLS = re.compile(r"/(?:(?:storage|vms)(?:/.*)?)?", re.DOTALL)
_POOL = re.compile(r"/(?:pool(?:/.*)?)?", re.DOTALL)


@dataclass(frozen=True)
class EffectivePrivileges:
    """The token's effective privileges by path; the value of a privilege says whether it propagates.

    Proxmox reports the paths of its access list, a few that it always reports, and the members of pools; a path where
    the token has no privilege is omitted. What is below inherits the privileges that propagate. So a path of the
    access list that is not reported is one where the token has nothing, but only the whole list shows it.
    """

    paths: Mapping[str, Mapping[str, Any]]
    named: frozenset[str] = frozenset()
    """Paths with an entry of the access list, whoever it is for."""
    blocked: frozenset[str] = frozenset()
    """Paths where the access list has NoAccess for the user, the token or a group."""
    access_list: Coverage = NOT_READ
    """Whether the access list is whole; of one that is not, missing entries prove nothing."""
    unknown: Coverage | None = None
    """Why the privileges could not be read, when they could not."""
    unlimited: bool = False
    """Whether Proxmox checks no permission at all: for root@pam itself, not for its tokens."""

    def prove(self, tree: str, privileges: frozenset[str]) -> Coverage:
        """Return whether the token has one of the privileges on every object of a tree, and if not, why.

        Only then is a list of these objects complete. An object has what it has itself, else what its nearest path
        with an entry passes on to it; NoAccess on a pool takes all away from the guests and storages in it.
        """
        if self.unlimited or self.unknown is not None:
            return self.unknown or COMPLETE
        decisive = next(path for path in _upwards(tree) if path in self._decided)
        inside = sorted(path for path in self._decided if path.startswith(f"{tree.rstrip('/')}/"))
        lacking = next((path for path in (decisive, *inside) if not self._passes_on(path, privileges)), None)
        if lacking is not None:
            return _forbidden(lacking, privileges)
        return first_incomplete(self._members(tree), self.access_list)

    def holds(self, path: str, privileges: frozenset[str]) -> Coverage:
        """Return whether the token has one of the privileges on one path, whatever is below it; if not, why."""
        if not self.unlimited and self.unknown is None and path in ALWAYS_REPORTED.union(self.paths):
            return COMPLETE if privileges & self.paths.get(path, {}).keys() else _forbidden(path, privileges)
        return self.prove(path, privileges)

    def anywhere(self, privileges: frozenset[str]) -> bool:
        """Whether one of the privileges is held on any path, as far as is known."""
        return (
            self.unlimited
            or self.unknown is not None
            or any(privileges & found.keys() for found in self.paths.values())
        )

    @cached_property
    def _decided(self) -> frozenset[str]:
        """Paths that may have other privileges than those above them; what they have is reported."""
        return ALWAYS_REPORTED.union(self.paths, _with_parents(self.named | self.blocked))

    def _passes_on(self, path: str, privileges: frozenset[str]) -> bool:
        """Whether one of the privileges is held on a path, and on what is below."""
        found = self.paths.get(path, {})
        return any(name in found and (_is_leaf(path) or _propagates(found[name])) for name in privileges)

    def _members(self, tree: str) -> Coverage:
        """Return whether no pool hides its members: what the token has on its path shows that NoAccess does not apply.

        A privilege that propagates is passed on to pools below the path, and NoAccess with it would leave none.
        """
        pools = sorted(path for path in self.blocked if _POOL.fullmatch(path)) if _IN_POOLS.fullmatch(tree) else []
        hidden = next((path for path in pools if not any(map(_propagates, self.paths.get(path, {}).values()))), None)
        if hidden is None:
            return COMPLETE
        return incomplete(Incomplete.FORBIDDEN, f"NoAccess on {hidden} hides the guests and storages of a pool")


def _forbidden(path: str, privileges: frozenset[str]) -> Coverage:
    needed = " or ".join(sorted(privileges))
    where = f"on {path}" if _is_leaf(path) else f"that propagates on {path}"
    return incomplete(Incomplete.FORBIDDEN, f"the token has no {needed} {where}")


def _is_leaf(path: str) -> bool:
    """Whether nothing is below a path, so that it does not matter what it passes on."""
    return _LEAF.fullmatch(path) is not None


def _propagates(value: object) -> bool:
    return value in (1, "1")


def _upwards(path: str) -> list[str]:
    """Return a path and all above it, up to the root."""
    found = [path]
    while path.count("/") > 1:
        path = path.rpartition("/")[0]
        found.append(path)
    return [*found, "/"]


def _with_parents(paths: Iterable[str]) -> set[str]:
    return {above for path in paths for above in _upwards(path)}


def read_effective_privileges(connection: ProxmoxConnection, ask_permissions: Ask, ask_acl: Ask) -> EffectivePrivileges:
    """Read the token's own permissions, and the access list, which shows where it has none."""
    if connection.user == ROOT and connection.token_name is None:
        return EffectivePrivileges({}, unlimited=True)
    try:
        data = ask_permissions()
    except ProxmoxReadError as error:
        return EffectivePrivileges({}, unknown=incomplete_because(error))
    if not isinstance(data, dict) or not all(isinstance(found, dict) for found in data.values()):
        return EffectivePrivileges({}, unknown=wrong_shape(PERMISSIONS, "not a table of paths"))
    try:
        rows, problem = read_rows(AclRow, ask_acl())
    except ProxmoxReadError as error:
        return EffectivePrivileges(data, access_list=incomplete_because(error))
    named = frozenset(row.path for row in rows)
    whole = wrong_shape(ACL, problem) if problem else _is_whole(connection, data, named)
    return EffectivePrivileges(data, named, _blocked(connection, rows), whole)


def _blocked(connection: ProxmoxConnection, rows: Iterable[AclRow]) -> frozenset[str]:
    own = {connection.user.casefold(), f"{connection.user}!{connection.token_name}".casefold()}
    # The user's groups are unknown: a NoAccess of any group counts. Some realms ignore the case of names.
    return frozenset(
        row.path for row in rows if row.roleid == NO_ACCESS and (row.type == "group" or row.ugid.casefold() in own)
    )


def _is_whole(connection: ProxmoxConnection, paths: Mapping[str, Mapping[str, Any]], named: frozenset[str]) -> Coverage:
    """Return whether the access list shows all entries: it is filtered, down to an empty list, without Sys.Audit."""
    where, decisive = SEE_ACCESS_LIST
    if not decisive & paths.get(where, {}).keys():
        detail = "the token has no Sys.Audit on /access, so Proxmox does not show it where access is denied"
        return incomplete(Incomplete.FORBIDDEN, detail)
    if not named and connection.user != ROOT:
        return incomplete(Incomplete.CONTRADICTION, f"GET {ACL} is empty, although the token has privileges")
    said = ALWAYS_REPORTED | _with_parents(named)
    # A guest or storage is reported as a member of a pool, too.
    lacking = sorted(path for path in paths if path not in said and not _IN_POOLS.fullmatch(path))
    if lacking:
        return incomplete(Incomplete.CONTRADICTION, f"GET {ACL} has no entry on {lacking[0]}, which has privileges")
    return COMPLETE
