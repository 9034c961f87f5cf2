"""Guests: how they are configured, each by itself."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.lint.coverage import unknown
from proxbox_plan.lint.estate import LintEstate
from proxbox_plan.lint.ha import is_managed
from proxbox_plan.lint.rule import Defect, Doubt, RegisteredRule
from proxbox_plan.model.lint.settings import RuleSettings
from proxbox_plan.model.lint.severity import Severity


def agent_off(estate: LintEstate, _: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find virtual machines without a guest agent."""
    for place in estate.machines:
        if place.guest.type != "qemu" or place.guest.agent:
            continue
        if doubt := unknown(place, "row", "config"):
            yield doubt
        else:
            yield Defect("The guest agent is not enabled", (place.subject,))


def not_on_boot(estate: LintEstate, _: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find running guests that stay off when their node starts again."""
    for place in estate.machines:
        guest = place.guest
        if guest.onboot or is_managed(guest):
            continue
        if doubt := unknown(place, "row", "config"):
            yield doubt
        elif guest.status == "running":
            yield Defect("It is running, and does not start with its node", (place.subject,))


def privileged(estate: LintEstate, _: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find containers whose root is that of the node."""
    for place in estate.machines:
        if place.guest.type != "lxc" or place.guest.unprivileged:
            continue
        if doubt := unknown(place, "row", "config"):
            yield doubt
        elif place.guest.unprivileged is False:
            yield Defect("It is a privileged container", (place.subject,))


RULES = (
    RegisteredRule(
        "guest-agent-off",
        Severity.WARNING,
        "the guest's configuration",
        "Without it Proxmox knows no addresses of the guest, so neither does NetBox; backups do not freeze its file "
        "systems, and a shutdown may not reach it.",
        "Install qemu-guest-agent in the guest, then enable it: `qm set VMID --agent 1`.",
        agent_off,
    ),
    RegisteredRule(
        "guest-not-on-boot",
        Severity.NOTE,
        "the guest's status and configuration",
        "After a power failure or a reboot of the node it stays off until someone notices.",
        "Set `onboot: 1`, or manage it by high availability.",
        not_on_boot,
    ),
    RegisteredRule(
        "privileged-container",
        Severity.NOTE,
        "the guest's configuration",
        "Its root is root of the node: who breaks out of it owns the node and all guests on it.",
        "Restore its backup as an unprivileged container, or except it if it needs the rights.",
        privileged,
    ),
)
