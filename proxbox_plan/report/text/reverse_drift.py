"""Reverse drift as text: lines for a shell on each node; all that explains them is a comment."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.model.reverse_drift import ReversedGuest, ReverseDrift
from proxbox_plan.report.messages import counted
from proxbox_plan.report.text.drift import author_words
from proxbox_plan.report.values import named, said, shown


def reverse_drift_text(found: ReverseDrift) -> str:
    """Return it as text that a shell may read as a whole."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: ReverseDrift) -> Iterator[str]:
    for guest in found.guests:
        yield from _guest(guest)
    for item in found.left:
        what = f"{item.field}: NetBox has {shown(item.netbox)}, Proxmox {shown(item.proxmox)}"
        yield f"# Not said: {named(item.address)} {said(what)}: {said(item.why)}."
    if found.others:
        yield f"# {counted(found.others, 'difference')} of fields that Proxmox does not have."
    if not found.guests:
        yield "# Nothing to set in Proxmox."
    if not found.complete:
        yield "# What was not read may differ, too."


def _guest(guest: ReversedGuest) -> Iterator[str]:
    yield f"# {named(guest.name)} ({guest.type}/{guest.vmid} of {named(guest.cluster)}), on node {named(guest.node)}"
    for address, field, netbox, proxmox, by in dict.fromkeys(
        (item.address, item.field, shown(item.netbox), shown(item.proxmox), item.author) for item in guest.options
    ):
        who = f" ({said(author_words(by))})" if by is not None else ""
        yield f"#   {named(address)} {field}: NetBox has {netbox}, Proxmox {proxmox}{who}"
    yield from guest.commands
