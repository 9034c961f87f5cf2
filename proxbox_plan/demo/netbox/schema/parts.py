"""What is in a device or on its ports: bays, ports, inventory items, cables, contexts, ends of virtual circuits.

Only as much of it as shows what NetBox deletes or empties along with a device and its interfaces.
"""

from __future__ import annotations

from proxbox_plan.demo.netbox.schema.fields import (
    COMMENTS,
    DESCRIPTION,
    TAIL,
    Model,
    ModelField,
    choice,
    name,
    ref,
    scope,
    text,
)


def _part(label: str, plural: str, verbose: str, *more: ModelField) -> Model:
    return Model(
        label=f"dcim.{label}",
        path=f"dcim/{plural}",
        class_name=verbose.title().replace(" ", ""),
        verbose=verbose,
        parent="device",
        lookup="id",
        ordering=("device", "name"),
        brief=("id", "url", "display", "device", "name", "description"),
        fields=(
            ref("device", "dcim.device", required=True, on_delete="cascade"),
            name(64),
            text("label", 64),
            *more,
            DESCRIPTION,
            *TAIL,
        ),
    )


_PORT_TYPE = choice("type", {"8p8c": "8P8C", "lc": "LC"}, required=True)
PARTS = (
    _part("consoleport", "console-ports", "console port"),
    _part("consoleserverport", "console-server-ports", "console server port"),
    _part("powerport", "power-ports", "power port"),
    _part("poweroutlet", "power-outlets", "power outlet"),
    _part("frontport", "front-ports", "front port", _PORT_TYPE),
    _part("rearport", "rear-ports", "rear port", _PORT_TYPE),
    _part("modulebay", "module-bays", "module bay"),
    _part(
        "devicebay",
        "device-bays",
        "device bay",
        ref("installed_device", "dcim.device", on_delete="set_null", filter_by_id_only=True),
    ),
    _part(
        "inventoryitem",
        "inventory-items",
        "inventory item",
        *scope("component_type", "component_id", "component", ("dcim.interface",)),
    ),
    _part("coolingintake", "cooling-intakes", "cooling intake"),
    _part("coolingoutflow", "cooling-outflows", "cooling outflow"),
)
CABLE = Model(
    label="dcim.cable",
    path="dcim/cables",
    class_name="Cable",
    verbose="cable",
    display="",
    lookup="id",
    ordering=("id",),
    brief=("id", "url", "display", "label", "description"),
    fields=(
        ModelField(name="a_terminations", kind="json", default=(), filterable=False),
        ModelField(name="b_terminations", kind="json", default=(), filterable=False),
        text("label", 100),
        DESCRIPTION,
        COMMENTS,
        *TAIL,
    ),
)
CONTEXT = Model(
    label="dcim.virtualdevicecontext",
    path="dcim/virtual-device-contexts",
    class_name="VirtualDeviceContext",
    verbose="virtual device context",
    lookup="id",
    brief=("id", "url", "display", "name", "description"),
    fields=(
        name(64),
        ref("device", "dcim.device", required=True),
        ref("primary_ip4", "ipam.ipaddress", on_delete="set_null"),
        ref("primary_ip6", "ipam.ipaddress", on_delete="set_null"),
        choice("status", {"active": "Active", "planned": "Planned", "offline": "Offline"}, required=True),
        DESCRIPTION,
        COMMENTS,
        *TAIL,
    ),
)
VIRTUAL_CIRCUIT_TERMINATION = Model(
    label="circuits.virtualcircuittermination",
    path="circuits/virtual-circuit-terminations",
    class_name="VirtualCircuitTermination",
    verbose="virtual circuit termination",
    display="role",
    lookup="id",
    ordering=("id",),
    brief=("id", "url", "display", "role"),
    read_only=True,
    fields=(
        choice("role", {"peer": "Peer", "hub": "Hub", "spoke": "Spoke"}, required=True),
        ref("interface", "dcim.interface", required=True, on_delete="cascade"),
        DESCRIPTION,
        *TAIL,
    ),
)
MODELS = (*PARTS, CABLE, CONTEXT, VIRTUAL_CIRCUIT_TERMINATION)
