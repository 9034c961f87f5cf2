"""The token's effective privileges. Proxmox silently hides what a token may not view, so they prove lists complete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from proxbox_plan.clients.proxmox.client import ProxmoxReadError
from proxbox_plan.collect.proxmox.api_models.answer import WrongShapeError, read_rows
from proxbox_plan.collect.proxmox.api_models.cluster import AclRow
from proxbox_plan.collect.proxmox.reading import Ask, incomplete, incomplete_because, wrong_shape
from proxbox_plan.model.connection import ProxmoxConnection
from proxbox_plan.model.state import COMPLETE, Coverage, Incomplete

PERMISSIONS, ACL = "/access/permissions", "/access/acl"
SEE_GUESTS = ("/vms", frozenset({"VM.Audit"}))
SEE_STORAGES = ("/storage", frozenset({"Datastore.Audit", "Datastore.AllocateSpace"}))
SEE_BRIDGES = ("/sdn/zones/localnetwork", frozenset({"SDN.Audit", "SDN.Use"}))
SEE_SDN = ("/sdn", frozenset({"SDN.Audit", "SDN.Allocate"}))
SEE_CPU_MODELS = ("/mapping/cpu", frozenset({"Mapping.Audit", "Mapping.Modify"}))
BACK_UP = ("/vms", frozenset({"VM.Backup"}))
AUDIT_NODE = frozenset({"Sys.Audit"})
ALLOCATE = frozenset({"Datastore.Allocate"})
ALLOCATE_SPACE = frozenset({"Datastore.AllocateSpace"})
NO_ACCESS = "NoAccess"


@dataclass(frozen=True)
class EffectivePrivileges:
    """The token's effective privileges by path; the value of a privilege says whether it propagates."""

    paths: dict[str, dict[str, Any]]
    blocked: frozenset[str] = frozenset()
    """Paths with an explicit NoAccess: Proxmox does not list these among the effective permissions."""
    unknown: Coverage | None = None
    """Why the privileges could not be read, when they could not."""

    def prove(self, tree: str, privileges: frozenset[str]) -> Coverage:
        """Return whether one of the privileges holds on the whole tree, so that a list of its objects is complete."""
        if self.unknown is not None:
            return self.unknown
        needed = " or ".join(sorted(privileges))
        decisive = next((path for path in _upwards(tree) if path in self.paths), "/")
        if not self._propagates(decisive, privileges):
            return incomplete(Incomplete.FORBIDDEN, f"the token has no {needed} that propagates on {decisive}")
        inside = sorted(path for path in self.paths if path.startswith(f"{tree}/"))
        lacking = [path for path in inside if not privileges.intersection(self.paths[path])]
        lacking += sorted(path for path in self.blocked if path == tree or path.startswith(f"{tree}/"))
        if lacking:
            return incomplete(Incomplete.FORBIDDEN, f"the token has no {needed} on {lacking[0]}")
        return COMPLETE

    def anywhere(self, privileges: frozenset[str]) -> bool:
        """Whether one of the privileges is held on any path, as far as is known."""
        return self.unknown is not None or any(privileges.intersection(found) for found in self.paths.values())

    def _propagates(self, path: str, privileges: frozenset[str]) -> bool:
        found = self.paths.get(path, {})
        return any(found.get(privilege) in (1, "1") for privilege in privileges)


def _upwards(path: str) -> list[str]:
    found = [path]
    while path.count("/") > 1:
        path = path.rpartition("/")[0]
        found.append(path)
    return [*found, "/"]


def read_effective_privileges(connection: ProxmoxConnection, ask_permissions: Ask, ask_acl: Ask) -> EffectivePrivileges:
    """Read the token's own permissions, and where the access list denies them."""
    try:
        data = ask_permissions()
    except ProxmoxReadError as error:
        return EffectivePrivileges({}, unknown=incomplete_because(error))
    if not isinstance(data, dict) or not all(isinstance(found, dict) for found in data.values()):
        return EffectivePrivileges({}, unknown=wrong_shape(PERMISSIONS, "not a table of paths"))
    return EffectivePrivileges(data, blocked=_blocked(connection, ask_acl))


def _blocked(connection: ProxmoxConnection, ask_acl: Ask) -> frozenset[str]:
    try:
        rows, _ = read_rows(AclRow, ask_acl())
    except (ProxmoxReadError, WrongShapeError):
        return (
            frozenset()
        )  # a token that may not view the access list sees no NoAccess entry; its permissions alone must do
    own = {connection.user, f"{connection.user}!{connection.token_name}"}
    # The user's groups are unknown: a NoAccess of any group counts.
    return frozenset(row.path for row in rows if row.roleid == NO_ACCESS and (row.type == "group" or row.ugid in own))
