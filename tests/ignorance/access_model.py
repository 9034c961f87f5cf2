"""Who may do what in Proxmox: how entries of the access list of users, tokens and groups combine.

Follows PVE::AccessControl::roles and PVE::RPCEnvironment::permissions. On the way down to a path the entries of each
level replace those of the levels above: those of the token or user itself, else those of its groups. NoAccess among
them trumps the others. What a pool gives is added to its guests and storages, without propagation; a NoAccess on the
pool trumps what they have. A token with privilege separation has what both it and its user have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from tests.ignorance.answers import OK, Answers
from tests.ignorance.estate import TOKEN, USER

NO_ACCESS = "NoAccess"
TOKEN_ID = f"{USER}!{TOKEN}"
GROUP = "readers"
ALWAYS_LISTED = ("/", "/access", "/access/groups", "/nodes", "/pool", "/sdn", "/storage", "/vms")
Who = Literal["user", "token", "group"]
NAMES: Mapping[Who, str] = {"user": USER, "token": TOKEN_ID, "group": GROUP}
Privileges = Mapping[str, bool]
"""Privileges that are held, and whether each is passed on to what is below."""


@dataclass(frozen=True)
class AclEntry:
    """One line of the access list: of our user, our token, or a group that our user is in."""

    path: str
    who: Who
    role: str
    propagate: bool = True


@dataclass(frozen=True)
class Access:
    """The access list, the roles it speaks of, and the members of the pools."""

    entries: tuple[AclEntry, ...]
    roles: Mapping[str, frozenset[str]]
    pools: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Paths of guests and storages by pool."""
    others: frozenset[str] = frozenset()
    """Paths of which the access list says something for others."""
    separated: bool = True
    """Whether the token has rights of its own."""

    def may(self, path: str, *privileges: str) -> bool:
        """Whether the token holds one of the privileges on a path."""
        return not self.privileges(path).keys().isdisjoint(privileges)

    def privileges(self, path: str) -> Privileges:
        """Return what the token holds on a path."""
        if path not in self._found:
            own = self._of(("user", "group"), path)
            if self.separated:
                token = self._of(("token",), path)
                own = {name: passed and token[name] for name, passed in own.items() if name in token}
            self._found[path] = own
        return self._found[path]

    def effective(self) -> dict[str, dict[str, int]]:
        """Return the answer of /access/permissions: paths that are listed anywhere, without those with nothing."""
        members = {member for found in self.pools.values() for member in found}
        listed = {*self.others, *(entry.path for entry in self.entries)}
        paths = {*ALWAYS_LISTED, *members, *(level for path in listed for level in levels_of(path))}
        held = {path: {name: int(on) for name, on in self.privileges(path).items()} for path in sorted(paths)}
        return {path: privileges for path, privileges in held.items() if privileges}

    @cached_property
    def _found(self) -> dict[str, Privileges]:
        return {}

    def _of(self, whose: tuple[Who, ...], path: str) -> dict[str, bool]:
        roles = self._roles(whose, path)
        if NO_ACCESS not in roles:
            of_pools = self._from_pools(whose, path)
            roles = {NO_ACCESS: False} if NO_ACCESS in of_pools else {**dict.fromkeys(of_pools, False), **roles}
        found: dict[str, bool] = {}
        for role, passed in roles.items():
            for privilege in self.roles[role]:
                found[privilege] = found.get(privilege, False) or passed
        return found

    def _from_pools(self, whose: tuple[Who, ...], path: str) -> set[str]:
        pools = [pool for pool, members in self.pools.items() if path in members]
        return {role for pool in pools for role in self._roles(whose, f"/pool/{pool}")}

    def _roles(self, whose: tuple[Who, ...], path: str) -> dict[str, bool]:
        roles: dict[str, bool] = {}
        for level in levels_of(path):
            for who in whose:
                here = [entry for entry in self.entries if (entry.path, entry.who) == (level, who)]
                found = {entry.role: entry.propagate for entry in here if entry.propagate or level == path}
                if found:
                    roles = found
                    break  # what the user has itself overrides its groups
        return {NO_ACCESS: roles[NO_ACCESS]} if NO_ACCESS in roles else roles


def levels_of(path: str) -> list[str]:
    """Return the paths from the root down to a path."""
    parts = [part for part in path.split("/") if part]
    return ["/", *("/" + "/".join(parts[: number + 1]) for number in range(len(parts)))]


def pools_of(answers: Answers) -> dict[str, frozenset[str]]:
    """Return the members of the pools, out of the recorded answers about them."""
    found = {}
    for key, reply in answers.items():
        if key.startswith("/pools/?poolid=") and reply.status == OK:
            members = reply.data[0]["members"]
            paths = {
                f"/storage/{row['storage']}" if row["type"] == "storage" else f"/vms/{row['vmid']}" for row in members
            }
            found[key.removeprefix("/pools/?poolid=")] = frozenset(paths)
    return found


def others_of(answers: Answers) -> frozenset[str]:
    """Return the paths of the recorded access list."""
    return frozenset(row["path"] for row in answers["/access/acl"].data)
