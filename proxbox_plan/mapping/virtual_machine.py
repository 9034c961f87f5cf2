"""Virtual machine: a QEMU virtual machine or an LXC container."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain, count

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean, first_line, note, slug
from proxbox_plan.mapping import cluster, device, filled_field, support, units
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject, Unknown, Unread
from proxbox_plan.mapping.estate.leaving import leaves
from proxbox_plan.mapping.estate.relocated import Relocated, Unsynced
from proxbox_plan.mapping.estate.views import ClusterView, GuestView
from proxbox_plan.mapping.relations import of_machine
from proxbox_plan.mapping.support import guest_tag, owned, rule_tags
from proxbox_plan.model.fingerprint import fingerprint_of
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import (
    CUSTOM,
    MANAGED_TAG,
    Disturbs,
    Field,
    FieldType,
    Kind,
    Legacy,
    Natural,
    OnDelete,
    OnMissing,
    Owner,
)
from proxbox_plan.model.netbox_versions import version_text
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.protective_tags import PROTECT_TAG, has_tag, is_protective
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state.coverage import first_incomplete
from proxbox_plan.rules.evaluate import TAGS

KIND = Kind(
    "virtual-machine",
    "/api/virtualization/virtual-machines/",
    "virtualization.virtualmachine",
    (
        Field("name", folded=True, source="rules, else name; ` (vmid)` is added when the cluster has the name already"),
        Field(
            "status",
            FieldType.CHOICE,
            choosable=True,
            source="rules, else running -> active, paused/suspended -> paused, io-error, internal-error and "
            "guest-panicked -> failed, saving or migrating -> active, else offline",
        ),
        Field("cluster", FieldType.REF, to=("cluster",), on_delete=OnDelete.PROTECT, source="the guest's cluster"),
        Field("device", FieldType.REF, to=("device",), source="the node it is on"),
        Field("site", FieldType.REF, to=("site",), owner=Owner.NETBOX, source="rules, else the cluster's site"),
        Field(
            "role",
            FieldType.REF,
            optional=True,
            to=("device-role",),
            owner=Owner.NETBOX,
            source="rules, else by guest type",
        ),
        Field(
            "tenant",
            FieldType.REF,
            optional=True,
            to=("tenant",),
            owner=Owner.NETBOX,
            source="rules, else the cluster's tenant",
        ),
        Field("owner", FieldType.REF, optional=True, to=("owner",), owner=Owner.NETBOX, since=(4, 5), source="rules"),
        Field(
            "platform",
            FieldType.REF,
            optional=True,
            to=("platform",),
            owner=Owner.NETBOX,
            source="rules, else what the guest agent says (`scope.guest_os`), else ostype",
        ),
        Field(
            "virtual_machine_type",
            FieldType.REF,
            optional=True,
            to=("virtual-machine-type",),
            owner=Owner.NETBOX,
            since=support.VM_TYPE.since,
            source="rules, else by guest type",
        ),
        Field("vcpus", FieldType.DECIMAL, source="vcpus, else cores x sockets; containers: cores, else cpulimit"),
        Field("memory", FieldType.INTEGER, unit="size", source="memory, MiB (`mapping.units`)"),
        Field("start_on_boot", FieldType.CHOICE, since=(4, 5), source="onboot"),
        Field("description", owner=Owner.NETBOX, source="rules, else first line of the note"),
        Field("comments", owner=Owner.NETBOX, source="rules, else the note"),
        Field("primary_ip4", FieldType.REF, to=("ip-address",), second_pass=True, source="`mapping.prefer`, static"),
        Field("primary_ip6", FieldType.REF, to=("ip-address",), second_pass=True, source="`mapping.prefer`, static"),
    ),
    natural=(Natural(("name", "cluster"), "cluster_id", "cluster"),),
    on_missing=OnMissing.DECOMMISSION,
    retired="decommissioning",
    parent="device",
    survives_parent=True,
    documents="guest",
    place=("site",),
    placed_in=("cluster", "device"),
    relations=of_machine(),
    legacy=Legacy("proxbox-vm-state", "virtual_machine", "proxmox_vm_id", "proxmox_vm_type"),
    tagged=True,
    # counted in its type: two requests that update two types in different order deadlock
    disturbs=(Disturbs("virtual-machine-type", ("POST", "DELETE")),),
    doc="Custom fields that rules fill are fields, too: `cf_NAME`, owned by `netbox`.",
)

_LONGEST = 64  # characters of a name
_STATUS = {
    "running": "active",
    "paused": "paused",
    "suspended": "paused",
    "prelaunch": "paused",
    "watchdog": "paused",
    "io-error": "failed",
    "internal-error": "failed",
    "guest-panicked": "failed",
    # What QEMU says of a guest while its memory is saved, restored or sent to another node.
    "save-vm": "active",
    "restore-vm": "active",
    "inmigrate": "active",
    "finish-migrate": "active",
    "postmigrate": "active",
}
_ROLES = {
    "qemu": ("Virtual Machine (QEMU)", "virtual-machine-qemu", "00ffff"),
    "lxc": ("Container (LXC)", "container-lxc", "7fffd4"),
}
_TYPES = {"qemu": ("QEMU Virtual Machine", "qemu-virtual-machine"), "lxc": ("LXC Container", "lxc-container")}
_PLATFORMS = {
    "l24": "Linux (kernel 2.4)",
    "l26": "Linux (kernel 2.6 or newer)",
    "solaris": "Solaris",
    "other": "Other",
    "wxp": "Windows XP",
    "w2k": "Windows 2000",
    "w2k3": "Windows Server 2003",
    "w2k8": "Windows Server 2008",
    "wvista": "Windows Vista",
    "win7": "Windows 7",
    "win8": "Windows 8",
    "win10": "Windows 10",
    "win11": "Windows 11",
    "alpine": "Alpine Linux",
    "archlinux": "Arch Linux",
    "centos": "CentOS",
    "debian": "Debian",
    "devuan": "Devuan",
    "fedora": "Fedora",
    "gentoo": "Gentoo",
    "nixos": "NixOS",
    "opensuse": "openSUSE",
    "ubuntu": "Ubuntu",
    "unmanaged": "Unmanaged",
}


def ref(view: GuestView) -> Ref:
    """Reference to a guest's virtual machine."""
    return Ref.to(KIND.name, view.key, view.title)


def desired(context: MappingContext) -> None:
    """Desire one virtual machine per guest in scope; of an incomplete guest only the known values."""
    for view in context.clusters:
        names = _names(context, view)
        _report_templates(context, view)
        _report_unsynced(context, view)
        for guest in view.guests:
            fields = _fields(context, guest, names.get(guest.key))
            tags = _tags(context, guest)
            if isinstance(tags, Unread):
                fields["tags"], tags = tags, None
            name = str(fields.get("name") or guest.title)
            context.report(guest.targets, Address.of(KIND.name, guest.key))
            is_read = guest.guest.coverage.config.complete
            context.add(
                DesiredObject(
                    KIND.name,
                    guest.key,
                    name,
                    fields,
                    cluster=view.name,
                    tags=tags,
                    protected=has_tag(guest.guest.tags, PROTECT_TAG) if guest.guest.coverage.row.complete else None,
                    fingerprint=fingerprint_of(guest.guest.uuid, guest.guest.vmgenid) if is_read else {},
                    unknown=guest.unknown,
                    initial=_initial(context, guest),
                )
            )
        for left in view.undecided:
            key = view.key_of(left)
            why = Unknown.because(view.scope.doubt(left))
            context.add(DesiredObject(KIND.name, key, left.name or key, cluster=view.name, unknown=why))


def _report_templates(context: MappingContext, view: ClusterView) -> None:
    """Report the virtual machines that became templates, which the scope leaves out: they stay as they are."""
    for guest in view.cluster.guests:
        if not view.scope.omits_template(guest):
            continue
        key = view.key_of(guest)
        row = context.row(KIND.name, key)
        if row is None or row.fields.get("status") == KIND.retired:
            continue
        context.problem(
            ProblemCode.OUT_OF_SCOPE,
            Address.of(KIND.name, key),
            f"{row.name} is a template in Proxmox, which is out of scope: its virtual machine stays as it is",
            "Delete it in NetBox, set it to decommissioning, or sync templates with `templates: include`.",
        )


def _report_unsynced(context: MappingContext, view: ClusterView) -> None:
    """Report the virtual machines whose guests have another key now, and are out of scope there: they stay."""
    for key, where in context.estate.relocations.machines.items():
        row = context.row(KIND.name, key)
        if key.cluster == view.name and isinstance(where, Unsynced) and row is not None:
            context.problem(
                ProblemCode.OUT_OF_SCOPE,
                Address.of(KIND.name, key),
                f"{row.name} is {where.key} in Proxmox now, which is out of scope: its virtual machine stays as it is",
                "Delete it in NetBox, set it to decommissioning, or sync the guest.",
            )


def _names(context: MappingContext, view: ClusterView) -> dict[str, str]:
    """Names by key: NetBox accepts a name once per cluster, ignoring case, so that the vmid of a newcomer is appended.

    Who has the name already keeps it; of two that are new, the lower vmid has it. Names of machines whose guests are
    unreadable or no longer exist count, too.
    """
    known = {
        guest.key: guest
        for guest in view.guests
        if guest.guest.coverage.row.complete and guest.guest.name and "name" not in guest.targets.unsure
    }
    prefixes = (Key.of(view.name, "qemu", ""), Key.of(view.name, "lxc", ""))
    rows = context.rows_by_key.get(KIND.name, {})
    uuids = {guest.guest.uuid for guest in known.values() if guest.guest.uuid}
    deletes = context.policy.removal(KIND).delete is not None
    wanted = {next(_candidates(guest)).casefold() for guest in known.values()} if deletes else ()
    others = ((key, row) for key, row in rows.items() if key.startswith(prefixes) and key not in known)
    taken = {
        name
        for key, row in others
        for name in [str(row.fields.get("name", "")).casefold()]
        if not _gets_another_key(context, view, key, row, uuids)
        and not (name in wanted and leaves(context, view, KIND, key, row))
    }
    names: dict[str, str] = {}
    for key, guest in sorted(known.items(), key=lambda item: not _has_its_name(rows.get(item[0]), item[1])):
        name = next(name for name in _candidates(guest) if name and name.casefold() not in taken)
        taken.add(name.casefold())
        names[key] = name
    return names


def _gets_another_key(context: MappingContext, view: ClusterView, key: Key, row: Row, uuids: Collection[str]) -> bool:
    """Whether a machine is that of a guest which has another vmid or cluster now."""
    if isinstance(context.estate.relocations.machines.get(key), Relocated):
        return True
    if row.fingerprint.get("uuid") not in uuids:
        return False
    return key.is_moving or (key.last.isdecimal() and int(key.last) in view.node_of)


def _has_its_name(row: Row | None, guest: GuestView) -> bool:
    """Whether NetBox has the guest under its own name."""
    return row is not None and str(row.fields.get("name", "")).casefold() == next(_candidates(guest)).casefold()


def _candidates(view: GuestView) -> Iterator[str]:
    """Candidate names of a guest, best first: its own, with its vmid, with its type, then numbered.

    A guest whose name has no valid characters is named like a guest without a name.
    """
    name = clean(view.title, _LONGEST)
    yield name
    name = name or ("VM" if view.guest.type == "qemu" else "CT")
    marks = chain(
        (f"{view.guest.vmid}", f"{view.guest.type} {view.guest.vmid}"),
        (f"{view.guest.type} {view.guest.vmid} {number}" for number in count(2)),
    )
    yield from (f"{clean(name, _LONGEST - len(mark) - 3)} ({mark})" for mark in marks)


def _fields(context: MappingContext, view: GuestView, name: str | None) -> dict[str, object]:
    guest, policy, targets = view.guest, view.cluster.policy, view.targets
    fields: dict[str, object] = {}
    if not guest.coverage.row.complete or (name is None and "name" not in targets.unsure):
        return fields
    fields |= {
        "name": name,
        "status": targets.text("status") or _STATUS.get(guest.status, "offline"),
        "cluster": cluster.ref(view.cluster),
        "device": device.ref(view.cluster, guest.node),
        "site": cluster.site_ref(context, targets.text("site") or policy.site),
    }
    if "role" not in targets.unsure:  # and no default object is created that may stay unused
        fields["role"] = _role(context, view)
    if tenant := targets.text("tenant") or policy.tenant:
        fields["tenant"] = context.support("tenant", tenant)
    fields |= owned(context, targets)
    if context.has(support.VM_TYPE) and "vm_type" not in targets.unsure:
        fields["virtual_machine_type"] = _type(context, view)
    elif named := targets.text("vm_type"):
        context.problem(
            ProblemCode.NO_PLACE,
            Address.of("virtual-machine-type", slug(named)),
            f"The virtual machine type {named!r} of the rules is not planned: it requires "
            f"NetBox {version_text(support.VM_TYPE.since)}",
        )
    if guest.coverage.config.complete:
        fields |= _config_fields(context, view)
    return _ruled(context, view, fields)


def _ruled(context: MappingContext, view: GuestView, fields: dict[str, object]) -> dict[str, object]:
    """Add the fields that only rules set, and omit those that are unknown."""
    targets = view.targets
    fields |= filled_field.values(context, KIND, Address.of(KIND.name, view.key), targets)
    if description := targets.text("description"):
        fields["description"] = clean(description, 200)
    if comments := targets.text("comments"):
        fields["comments"] = note(comments)
    unsure = {"virtual_machine_type" if key == "vm_type" else key for key in targets.unsure}
    sure = {field: value for field, value in fields.items() if field not in unsure}
    return sure | _in_doubt(view, unsure)


def _in_doubt(view: GuestView, fields: Collection[str]) -> dict[str, Unread]:
    """Return what the unknown pool of a guest, or its silent agent, decides; a failed template is a problem."""
    lacking = first_incomplete(view.guest.coverage.pool, view.guest.coverage.agent, view.vlans.coverage)
    if lacking.complete:
        return {}
    failed = {failure.key for failure in view.targets.failures}
    unread = Unread(Unknown.because(lacking))
    own = {field.name for field in KIND.fields}
    return {name: unread for name in fields if name not in failed and (name in own or name.startswith(CUSTOM))}


def _type(context: MappingContext, view: GuestView) -> Ref:
    named = view.targets.text("vm_type")
    title, short = (named, None) if named else _TYPES[view.guest.type]
    return context.support("virtual-machine-type", title, short)


def _config_fields(context: MappingContext, view: GuestView) -> dict[str, object]:
    guest = view.guest
    text = note(guest.description)
    fields: dict[str, object] = {
        "vcpus": guest.vcpus,
        "memory": units.memory(context.policy, guest.memory_mib),
        "start_on_boot": "on" if guest.onboot else "off",
        "description": first_line(text),
        "comments": text,
    }
    if platform := _platform(context, view):
        fields["platform"] = platform
    return fields


def _platform(context: MappingContext, view: GuestView) -> Ref | Unread | None:
    """Return the platform that a rule gives, else the operating system inside, else what Proxmox calls it.

    An agent that is silent takes nothing back: what NetBox has from it stays.
    """
    if named := view.targets.text("platform"):
        return context.support("platform", named)
    system = view.guest.agent_os if context.policy.areas.guest_os else None
    title = system.platform if system else _PLATFORMS.get(view.guest.ostype or "")
    why = _initial(context, view).get("platform")
    if why is not None and _has_another_of_ours(context, view, title):
        return Unread(why)
    return context.support("platform", title) if title else None


def _has_another_of_ours(context: MappingContext, view: GuestView, title: str | None) -> bool:
    """Whether the machine of a guest has another platform that we gave it, so that this one need not be created."""
    row = context.row(KIND.name, context.estate.relocations.guests.get(view.key, view.key))
    present = row.fields.get("platform") if row is not None else None
    if row is None or row.last_applied is None or not isinstance(present, dict):
        return False
    return present["name"] != title and bool(row.last_applied.fields.get("platform") == present["id"])


def _initial(context: MappingContext, view: GuestView) -> dict[str, Unknown]:
    """Return the fields of which Proxmox says less than a guest agent would, and why that did not answer."""
    source = view.guest.coverage.agent_os
    if not context.policy.areas.guest_os or source.complete or view.targets.text("platform"):
        return {}
    return {"platform": Unknown.because(source)}


def _role(context: MappingContext, view: GuestView) -> Ref:
    if role := view.targets.text("role"):
        return context.support("device-role", role, color="9e9e9e", vm_role=True, description="")
    title, short, color = _ROLES[view.guest.type]
    return context.support("device-role", title, short, color=color, vm_role=True, description="Proxmox VE guest")


def _tags(context: MappingContext, view: GuestView) -> tuple[str, ...] | Unread | None:
    """Return the slugs of the tags; null or unread where they are not known, so that they are left alone."""
    if not view.guest.coverage.row.complete:
        return None
    pool = view.guest.coverage.pool
    if not pool.complete and (context.policy.pool_tags or TAGS in view.targets.unsure):
        return Unread(Unknown.because(pool))
    if TAGS in view.targets.unsure:
        lacking = first_incomplete(view.guest.coverage.agent, view.vlans.coverage)
        return None if lacking.complete else Unread(Unknown.because(lacking))
    wanted: list[str] = [MANAGED_TAG] if context.policy.tag_managed else []
    if context.policy.guest_tags:
        for tag in view.guest.tags:
            if is_protective(tag):
                continue
            wanted.append(guest_tag(context, tag))
    wanted += rule_tags(context, view.targets)
    if context.policy.pool_tags and view.guest.pool:
        ref = context.support("tag", f"Pool {view.guest.pool}", color="607d8b", description="Pool of Proxmox guests")
        wanted.append(str(ref.key))
    return tuple(sorted(set(wanted)))
