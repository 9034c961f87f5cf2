"""Mapping tests: a guest or a node in, the NetBox objects out that the mapping should want of it."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from proxbox_plan.model.base import Frozen


class ExampleNic(Frozen):
    """A NIC of an example guest."""

    mac: str | None = Field(default=None, description="By default one that no other NIC of the example has.")
    bridge: str | None = Field(default="vmbr0", description="Bridge it is on.")
    tag: int | None = Field(default=None, ge=1, le=4094, description="Untagged VLAN id.")
    mtu: int | None = Field(default=None, description="Bytes.")
    addresses: tuple[str, ...] = Field(default=(), description="Static addresses with prefix length.")
    seen: tuple[str, ...] = Field(default=(), description="Addresses seen inside the guest, with prefix length.")


class ExampleDisk(Frozen):
    """A disk of an example guest."""

    slot: str = Field(default="scsi0", description="scsi0, rootfs, ...")
    storage: str = Field(default="local-lvm", description="Storage it is on.")
    gib: float = Field(default=8, gt=0, description="Size in GiB.")


class ExampleGuest(Frozen):
    """A guest as Proxmox would show it, by the names that conditions and templates have for it."""

    name: str = Field(default="example", description="Its name.")
    vmid: int = Field(default=100, ge=1, description="Its number.")
    type: Literal["qemu", "lxc"] = Field(default="qemu", description="Virtual machine or container.")
    node: str = Field(default="pve1", description="Node it is on.")
    status: str = Field(default="running", description="`running`, `stopped`, `paused`, ...")
    template: bool = Field(default=False, description="Whether it is a template.")
    tags: tuple[str, ...] = Field(default=(), description="Its tags.")
    pool: str | None = Field(default=None, description="Its resource pool.")
    ha: str | None = Field(default=None, description="Its state of high availability.")
    os: str | None = Field(default=None, description="Its `ostype`.")
    description: str = Field(default="", description="Its note.")
    vcpus: float | None = Field(default=None, description="CPUs it may use.")
    memory_mib: int | None = Field(default=None, description="Memory in MiB.")
    onboot: bool = Field(default=False, description="Whether it starts with its node.")
    agent: bool = Field(default=False, description="Whether the guest agent is enabled.")
    agent_os: str | None = Field(default=None, description="Name of the operating system that the agent says.")
    agent_version: str = Field(default="", description="Version of that.")
    agent_hostname: str | None = Field(default=None, description="Host name that the agent says.")
    nics: tuple[ExampleNic, ...] = Field(default=(), description="Its NICs, `net0` first.")
    disks: tuple[ExampleDisk, ...] = Field(default=(), description="Its disks.")


class ExampleInterface(Frozen):
    """An interface of an example node."""

    name: str = Field(default="vmbr0", description="Its name.")
    vlan: int | None = Field(default=None, ge=1, le=4094, description="VLAN id.")
    addresses: tuple[str, ...] = Field(default=(), description="Addresses with prefix length.")


class ExampleNode(Frozen):
    """A node as Proxmox would show it, by the names that conditions and templates have for it."""

    name: str = Field(default="pve1", description="Its name.")
    online: bool = Field(default=True, description="Whether it is online.")
    address: str | None = Field(default=None, description="Its address in the cluster's network.")
    version: str = Field(default="9.0.0", description="Version of Proxmox VE.")
    cpu: str | None = Field(default=None, description="Model of its CPU.")
    cpus: int | None = Field(default=None, description="Logical CPUs.")
    memory_mib: int | None = Field(default=None, description="Memory in MiB.")
    location: str = Field(default="", description="Location from its configuration.")
    interfaces: tuple[ExampleInterface, ...] = Field(default=(), description="Its interfaces.")


class MappingTest(Frozen):
    """One example and what must come of it."""

    name: str = Field(description="What must hold; shown with the result.")
    cluster: str | None = Field(default=None, description="Which configured cluster; optional if there is one.")
    guest: ExampleGuest | None = Field(default=None, description="The guest; or give `node`.")
    node: ExampleNode | None = Field(default=None, description="The node; or the one that `guest` is on.")
    expect: dict[str, dict[str, Any] | list[dict[str, Any]]] = Field(
        default_factory=dict,
        description="Kind -> fields that an object must have; of several objects, a list. Other fields are not looked "
        "at. References are compared by name, tags by slug.",
    )
    absent: tuple[str, ...] = Field(default=(), description="Kinds of which there must be no object.")

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if self.guest is None and self.node is None:
            raise ValueError("must have `guest` or `node`")
        if not self.expect and not self.absent:
            raise ValueError("must have `expect` or `absent`")
        return self


class MappingTests(Frozen):
    """A file of mapping tests."""

    tests: tuple[MappingTest, ...] = Field(description="The tests.")


class Mismatch(Frozen):
    """A mismatch: the place in the test, what was expected and what there is."""

    location: tuple[str | int, ...] = Field(description="Place inside the test: ('expect', 'virtual-machine', 'role').")
    expected: Any = None
    got: Any = None
    message: str = Field(default="", description="Instead of the two, where they cannot say it.")


class TestResult(Frozen):
    """What became of one mapping test or check test."""

    __test__ = False  # it is no test of pytest's

    sort: Literal["mapping", "check"] = Field(default="mapping", description="What it tests.")
    name: str
    place: str = Field(description="`FILE:LINE` of the test.")
    failures: tuple[str, ...] = Field(default=(), description="What is wrong, each with `FILE:LINE`; empty: it passed.")
