"""Guests: how they are configured, each by itself."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.lint.coverage import unknown
from proxbox_plan.lint.estate import Estate
from proxbox_plan.lint.ha import is_managed
from proxbox_plan.lint.rule import Doubt, Fault, Rule
from proxbox_plan.model.lint.settings import RuleSettings
from proxbox_plan.model.lint.severity import Severity


def agent_off(estate: Estate, _: RuleSettings) -> Iterator[Fault | Doubt]:
    """Find virtual machines without a guest agent."""
    for place in estate.machines:
        if place.guest.type != "qemu" or place.guest.agent:
            continue
        if doubt := unknown(place, "row", "config"):
            yield doubt
        else:
            yield Fault("The guest agent is not enabled", (place.subject,))


def not_on_boot(estate: Estate, _: RuleSettings) -> Iterator[Fault | Doubt]:
    """Find running guests that stay off when their node starts again."""
    for place in estate.machines:
        guest = place.guest
        if guest.onboot or is_managed(guest):
            continue
        if doubt := unknown(place, "row", "config"):
            yield doubt
        elif guest.status == "running":
            yield Fault("It is running, and does not start with its node", (place.subject,))


def privileged(estate: Estate, _: RuleSettings) -> Iterator[Fault | Doubt]:
    """Find containers whose root is that of the node."""
    for place in estate.machines:
        if place.guest.type != "lxc" or place.guest.unprivileged:
            continue
        if doubt := unknown(place, "row", "config"):
            yield doubt
        elif place.guest.unprivileged is False:
            yield Fault("It is a privileged container", (place.subject,))


RULES = (
    Rule(
        "guest-agent-off",
        Severity.WARNING,
        "the guest's configuration",
        "Without it Proxmox knows no addresses of the guest, so neither does NetBox; backups do not freeze its file "
        "systems, and a shutdown may not reach it.",
        "Install qemu-guest-agent in the guest, then enable it: `qm set VMID --agent 1`.",
        agent_off,
    ),
    Rule(
        "guest-not-on-boot",
        Severity.NOTE,
        "the guest's status and configuration",
        "After a power failure or a reboot of the node it stays off until someone notices.",
        "Set `onboot: 1`, or manage it by high availability.",
        not_on_boot,
    ),
    Rule(
        "privileged-container",
        Severity.NOTE,
        "the guest's configuration",
        "Its root is root of the node: who breaks out of it owns the node and all guests on it.",
        "Restore its backup as an unprivileged container, or except it if it needs the rights.",
        privileged,
    ),
)
