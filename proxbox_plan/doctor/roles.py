"""The least role on Proxmox, as the commands that make it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from proxbox_plan.collect.proxmox.required_privileges import RequiredPrivilege, required_for
from proxbox_plan.model.policy.areas import Areas

ROLE = "ProxboxPlan"


def least_privileges(required: Sequence[RequiredPrivilege]) -> list[str]:
    """Return privileges that meet all needs, none of which is met by the others anyway."""
    chosen = {one.least for one in required}
    for name in sorted(chosen):
        rest = chosen - {name}
        if all(rest & one.privileges for one in required):
            chosen = rest
    return sorted(chosen)


def role_commands(areas: Areas, version: int, user: str, token: str | None) -> tuple[str, ...]:
    """Return what to run on a node so that the token (null: the user) has what these areas need, and nothing else.

    A token with privilege separation has at most the rights of its user: both get the role.
    """
    privileges = least_privileges(required_for(areas, version))
    grant = f"pveum acl modify / --roles {ROLE}"
    commands = [f"pveum role add {ROLE} --privs {shlex.quote(' '.join(privileges))}"]
    commands.append(f"{grant} --users {shlex.quote(user)}")
    if token is not None:
        commands.append(f"{grant} --tokens {shlex.quote(f'{user}!{token}')}")
    return tuple(commands)
