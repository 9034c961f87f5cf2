"""Standing: what NetBox takes only while another object is there, although no field of it says so.

The plugin checks each row of a guest's firewall against the guest's sidecar, whatever is written to the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from proxbox_plan.mapping import virtual_machine
from proxbox_plan.mapping.plugin import firewall, sidecar
from proxbox_plan.model.plan import REPLACED, Action, Change

_GUESTS = ("/qemu", "/lxc")
_OF_FIREWALLS = frozenset(kind.name for kind in firewall.KINDS)


def supports(change: Change) -> Iterator[str]:
    """Yield the addresses of what must be there while a change lands, if it is a guest's."""
    if change.kind not in _OF_FIREWALLS or change.action is Action.DELETE:
        return
    guest, _, _ = change.address.partition(":")[2].partition("/firewall/")
    if not guest.rpartition("/")[0].endswith(_GUESTS):
        return
    again = REPLACED if change.address.endswith(REPLACED) else ""
    yield f"{sidecar.MACHINE.name}:{guest}/state{again}"
    yield f"{virtual_machine.KIND.name}:{guest}{again}"


def standing_on(changes: Iterable[Change]) -> dict[str, set[str]]:
    """Return the addresses of changes, by the address of what must be there while they land."""
    found: dict[str, set[str]] = {}
    for change in changes:
        for address in supports(change):
            found.setdefault(address, set()).add(change.address)
    return found
