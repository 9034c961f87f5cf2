"""What is deferred is said once for each cause, the most frequent first."""

from __future__ import annotations

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.model.plan import Action, Deferred
from proxbox_plan.model.state import Incomplete
from proxbox_plan.report.deferrals import by_cause, deferred_what


def deferred(vmid: int, reason: Incomplete, detail: str = "", *fields: str) -> Deferred:
    """Return a deferred update of a virtual machine."""
    address = Address.of("virtual-machine", Key.of("lab", "qemu", vmid))
    return Deferred(
        address=address,
        kind="virtual-machine",
        name=f"vm-{vmid}",
        action=Action.UPDATE,
        reason=reason,
        detail=detail,
        fields=fields,
    )


def test_an_offline_node_is_one_line() -> None:
    """Whatever number of objects waits for it."""
    offline = [deferred(100 + number, Incomplete.NODE_OFFLINE, "node fehmarn is offline") for number in range(112)]
    late = deferred(300, Incomplete.TIMEOUT)
    causes = by_cause([late, *offline])
    assert [(words, len(items)) for words, items in causes] == [
        ("its node is offline (node fehmarn is offline)", 112),
        ("Proxmox did not answer in time", 1),
    ]


def test_the_fields_that_wait_are_named() -> None:
    """The rest of the object is planned."""
    item = deferred(100, Incomplete.FORBIDDEN, "", "role", "tenant")
    assert deferred_what(item) == "update of virtual machine vm-100 (role, tenant)"
