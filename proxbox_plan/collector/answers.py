"""The fields we read from Proxmox's answers, and how lenient we are with their types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from proxbox_plan.clients.proxmox_answer import one_line
from proxbox_plan.collector.grammar import parse_flag

UNKNOWN = "unknown"
# Proxmox's own bounds: what is beyond them is no number of a guest, and no database holds it either.
LARGEST_VMID = 999_999_999
MOST_CPUS = 8192


def _flag(value: object) -> object:
    return parse_flag(value) if isinstance(value, str) else bool(value) if isinstance(value, int | None) else value


def _number(value: object) -> object:
    if isinstance(value, str):
        return value.strip() or None
    return value


def _text(value: object) -> object:
    if isinstance(value, bool):
        return str(int(value))
    return str(value) if isinstance(value, int | float) else value


def _some_text(value: object) -> object:
    return _text(value) or None


Flag = Annotated[bool, BeforeValidator(_flag)]
Whole = Annotated[int | None, BeforeValidator(_number)]
Count = Annotated[Annotated[int, Field(ge=0, le=MOST_CPUS)] | None, BeforeValidator(_number)]
Share = Annotated[Annotated[float, Field(ge=0, le=MOST_CPUS)] | None, BeforeValidator(_number)]
Status = Annotated[str, BeforeValidator(lambda value: _text(value) or UNKNOWN)]
Text = Annotated[str, BeforeValidator(_text)]
MaybeText = Annotated[str | None, BeforeValidator(_some_text)]
Name = Annotated[str, BeforeValidator(_text), Field(min_length=1)]


class Answer(BaseModel):
    """Part of an answer: fields that are not listed are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Version(Answer):
    """/version."""

    version: Name


class ClusterRow(Answer):
    """The `cluster` row of /cluster/status; a standalone node has none."""

    name: Name
    quorate: Flag = False


class StatusNodeRow(Answer):
    """A `node` row of /cluster/status."""

    name: Name
    ip: MaybeText = None
    online: Flag = False


class NodeRow(Answer):
    """A row of /nodes."""

    node: Name
    status: MaybeText = None


class GuestRow(Answer):
    """A `qemu` or `lxc` row of /cluster/resources."""

    type: Literal["qemu", "lxc"]
    vmid: Annotated[int, Field(ge=1, le=LARGEST_VMID)]
    node: Name
    name: MaybeText = None
    status: Status = UNKNOWN
    template: Flag = False
    lock: MaybeText = None
    tags: MaybeText = None
    pool: MaybeText = None
    hastate: MaybeText = None


class StorageRow(Answer):
    """A row of /storage."""

    storage: Name
    type: Name
    content: MaybeText = None
    shared: Flag = False
    disable: Flag = False
    nodes: MaybeText = None


class CpuInfo(Answer):
    """The CPUs of a node."""

    model: MaybeText = None
    cpus: Whole = None


class Memory(Answer):
    """The memory of a node."""

    total: Whole = None


class NodeStatus(Answer):
    """/nodes/N/status."""

    pveversion: MaybeText = None
    cpuinfo: CpuInfo = CpuInfo()
    memory: Memory = Memory()


class InterfaceRow(Answer):
    """A row of /nodes/N/network."""

    iface: Name
    type: Name
    active: Flag = False
    mtu: Whole = None
    hwaddr: MaybeText = None
    bridge_ports: MaybeText = None
    bridge_vlan_aware: Flag = False
    slaves: MaybeText = None
    ovs_ports: MaybeText = None
    ovs_bonds: MaybeText = None
    ovs_bridge: MaybeText = None
    ovs_tag: Whole = None
    vlan_id: Whole = Field(default=None, validation_alias="vlan-id")
    vlan_raw_device: MaybeText = Field(default=None, validation_alias="vlan-raw-device")
    cidr: MaybeText = None
    cidr6: MaybeText = None
    address: MaybeText = None
    address6: MaybeText = None
    netmask: MaybeText = None
    netmask6: MaybeText = None
    gateway: MaybeText = None
    gateway6: MaybeText = None
    comments: MaybeText = None


class GuestConfig(Answer):
    """The fixed keys of a guest's configuration; `netN` and the disks are read from the raw answer."""

    lock: MaybeText = None
    template: Flag = False
    tags: MaybeText = None
    description: MaybeText = None
    ostype: MaybeText = None
    onboot: Flag = False
    agent: MaybeText = None
    memory: MaybeText = None
    cores: Count = None
    sockets: Count = None
    vcpus: Count = None
    cpulimit: Share = None
    smbios1: MaybeText = None
    vmgenid: MaybeText = None


class IpAddress(Answer):
    """One address of an interface inside a guest."""

    address: Name = Field(validation_alias="ip-address")
    prefix: MaybeText = None


class GuestInterface(Answer):
    """An interface inside a guest, as the agent or the container shows it."""

    name: Text = ""
    mac: MaybeText = Field(default=None, validation_alias="hardware-address")
    hwaddr: MaybeText = None
    addresses: Sequence[IpAddress] | None = Field(default=None, validation_alias="ip-addresses")
    inet: MaybeText = None
    inet6: MaybeText = None


class AclRow(Answer):
    """A row of /access/acl."""

    path: Name
    roleid: Name
    type: Text = ""
    ugid: Text = ""


Model = TypeVar("Model", bound=Answer)


class WrongShapeError(ValueError):
    """An answer is not what Proxmox's API promises."""


def read_one(model: type[Model], data: object) -> Model:
    """Read one object, or raise WrongShapeError naming the first wrong field."""
    try:
        return model.model_validate(data)
    except (ValidationError, RecursionError) as error:
        raise WrongShapeError(_first_problem(error)) from None


def read_rows(model: type[Model], data: object) -> tuple[list[Model], str]:
    """Read the good rows of a list, and say what was wrong with the first of the others (empty: nothing)."""
    if not isinstance(data, list):
        return [], "not a list"
    rows, problem = [], ""
    for row in data:
        try:
            rows.append(read_one(model, row))
        except WrongShapeError as error:
            problem = problem or str(error)
    return rows, problem


def of_type(data: object, *types: str) -> Any:
    """Return the rows of these `type`s, and those too that are no rows at all; anything but a list as it is."""
    if not isinstance(data, list):
        return data
    return [row for row in data if not isinstance(row, dict) or row.get("type") in types]


def _first_problem(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "nested too deeply"
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return one_line(f"{'.'.join(str(part) for part in first['loc']) or 'the row'}: {first['msg']}")
