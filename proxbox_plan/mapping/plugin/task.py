"""Task: an operation on a guest, its user and its result."""

from __future__ import annotations

from proxbox_plan.core.key import Key
from proxbox_plan.core.moment import utc
from proxbox_plan.core.sanitize import clean
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.plugin import plugin_kind
from proxbox_plan.mapping.plugin.backed_up import BackedUp
from proxbox_plan.mapping.plugin.machine import Machine, machine_of
from proxbox_plan.model.kind import Field, FieldType, Natural
from proxbox_plan.model.state import Task

KIND = plugin_kind(
    "task",
    "task-history",
    "vmtaskhistory",
    Field("virtual_machine", FieldType.REF, to=("virtual-machine",), source="id"),
    Field("vm_type", source="the guest's type"),
    Field("upid", source="upid"),
    Field("node", source="node"),
    Field("pid", FieldType.INTEGER, source="pid"),
    Field("pstart", FieldType.INTEGER, source="pstart"),
    Field("task_id", source="id"),
    Field("task_type", source="type"),
    Field("username", source="user"),
    Field("start_time", FieldType.TIME, source="starttime, UTC"),
    Field("end_time", FieldType.TIME, source="endtime, UTC"),
    Field("description", source="`QEMU` or `CT`, the vmid and what was done"),
    Field("status", source="status"),
    Field("exitstatus", source="status"),
    Field("task_state", source="`stopped`: only tasks that ended are read"),
    label="upid",
    natural=(Natural(("upid",), "virtual_machine", "virtual_machine"),),
    areas=("tasks",),
    parent="virtual_machine",
    record=True,
    doc="Tasks are history: one that is older than `scope.tasks.days` is never removed from NetBox.",
)

# Suffixes of Proxmox's task types -> labels.
_ACTIONS = (
    ("vzdump", "Backup"),
    ("migrate", "Migrate"),
    ("rollback", "Roll back"),
    ("delsnapshot", "Delete snapshot"),
    ("snapshot", "Snapshot"),
    ("restore", "Restore"),
    ("clone", "Clone"),
    ("template", "Convert to template"),
    ("create", "Create"),
    ("destroy", "Delete"),
    ("shutdown", "Shutdown"),
    ("reboot", "Reboot"),
    ("reset", "Reset"),
    ("suspend", "Suspend"),
    ("resume", "Resume"),
    ("start", "Start"),
    ("stop", "Stop"),
    ("move", "Move"),
    ("resize", "Resize"),
    ("config", "Configure"),
)


def desired(context: MappingContext) -> None:
    """Desire the tasks of every guest that NetBox has; those it has stay with their machine, whoever gets the vmid."""
    backed_up = BackedUp(context)
    for view in context.clusters:
        for node in view.nodes:
            for task in node.tasks:
                key = Key.of(view.name, "task", task.upid)
                row = context.row(KIND.name, key)
                given = backed_up.given(row)
                machine = machine_of(context, view, task.vmid)
                if given is not None and row is not None:
                    machine = Machine(given, str(row.fields.get("vm_type") or ""))
                if machine is not None:
                    fields = _fields(task, machine)
                    name = str(fields["description"])
                    context.add(DesiredObject(KIND.name, key, name, fields, cluster=view.name))


def _fields(task: Task, machine: Machine) -> dict[str, object]:
    action = next((word for ending, word in _ACTIONS if task.type.endswith(ending)), task.type)
    what = "QEMU" if machine.type == "qemu" else "CT"
    status = clean(task.status, 255)
    return {
        "virtual_machine": machine.ref,
        "vm_type": machine.type,
        "upid": clean(task.upid, 255),
        "node": clean(task.node, 255),
        "pid": task.pid,
        "pstart": task.pstart,
        "task_id": clean(task.id, 255),
        "task_type": clean(task.type, 255),
        "username": clean(task.user, 255),
        "start_time": utc(task.started),
        "end_time": utc(task.ended) if task.ended is not None else None,
        "description": f"{what} {task.vmid} - {action}",
        "status": status,
        "exitstatus": status,
        "task_state": "stopped",
    }
