"""The least role on Proxmox, as the commands that create it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from proxbox_plan.collect.proxmox.privileges.required import RequiredPrivilege, required_for
from proxbox_plan.model.policy.areas import Areas

ROLE = "ProxboxPlan"


def least_privileges(required: Sequence[RequiredPrivilege]) -> list[str]:
    """Return a minimal set of privileges that meets all requirements."""
    chosen = {one.least for one in required}
    for name in sorted(chosen):
        rest = chosen - {name}
        if all(rest & one.privileges for one in required):
            chosen = rest
    return sorted(chosen)


def role_commands(areas: Areas, version: int, user: str, token: str | None) -> tuple[str, ...]:
    """Return the commands that give the token (null: the user) exactly the privileges these areas require.

    A token with privilege separation has at most the privileges of its user: both get the role.
    """
    privileges = least_privileges(required_for(areas, version))
    grant = f"pveum acl modify / --roles {ROLE}"
    commands = [f"pveum role add {ROLE} --privs {shlex.quote(' '.join(privileges))}"]
    commands.append(f"{grant} --users {shlex.quote(user)}")
    if token is not None:
        commands.append(f"{grant} --tokens {shlex.quote(f'{user}!{token}')}")
    return tuple(commands)
