"""Cloud-init: the settings of a guest for its first boot, without credentials."""

from __future__ import annotations

from proxbox_plan.core.sanitize import clean
from proxbox_plan.mapping import virtual_machine
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.plugin import plugin_kind
from proxbox_plan.model.kind import Field, FieldType, Natural, OnMissing

KIND = plugin_kind(
    "cloud-init",
    "vm-cloudinit",
    "proxmoxvmcloudinit",
    Field("virtual_machine", FieldType.REF, to=("virtual-machine",), source="the guest"),
    Field("ciuser", source="ciuser"),
    Field("ipconfig0", source="ipconfig0"),
    Field("search_domain", source="searchdomain"),
    Field("dns_servers", source="nameserver"),
    label="ciuser",
    natural=(Natural(("virtual_machine",), "virtual_machine", "virtual_machine"),),
    on_missing=OnMissing.DELETE,
    areas=("cloud_init",),
    parent="virtual_machine",
    record=True,
    doc="Keys and passwords are never collected.",
)


def desired(context: MappingContext) -> None:
    """Desire a row for every guest with cloud-init."""
    for view in context.clusters:
        for guest in view.guests:
            found = guest.guest.cloud_init
            if found is not None and guest.unknown is None:
                fields: dict[str, object] = {
                    "virtual_machine": virtual_machine.ref(guest),
                    "ciuser": clean(found.user or "", 64),
                    "ipconfig0": clean(dict(found.addresses).get("ipconfig0", ""), 255),
                    "search_domain": clean(found.search_domain or "", 255),
                    "dns_servers": clean(" ".join(found.nameservers), 255),
                }
                name = guest.guest.name or guest.key
                context.add(DesiredObject(KIND.name, guest.key.child("cloud-init"), name, fields, cluster=view.name))
