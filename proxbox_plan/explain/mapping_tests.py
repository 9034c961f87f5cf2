"""Mapping test run: evaluates a mapping test with the mapping itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from proxbox_plan.core.sanitize import slug
from proxbox_plan.explain.offline import filled
from proxbox_plan.mapping import KINDS
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.kind import CUSTOM
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.policy.mapping_test import ExampleGuest, ExampleNode, MappingTest, Mismatch
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import (
    COMPLETE,
    NOT_READ,
    AgentOs,
    Cluster,
    Guest,
    GuestAddress,
    GuestCoverage,
    GuestDisk,
    GuestNic,
    Node,
    NodeInterface,
)

_NOT_COMPARED = frozenset({"custom-field"})
_GIB = 1 << 30


def try_out(test: MappingTest, policy: Policy) -> tuple[Mismatch, ...]:
    """Return the differences between the mapping and the expectations of the test; empty when it passes."""
    name = test.cluster or (policy.clusters[0].name if len(policy.clusters) == 1 else "")
    if policy.cluster(name) is None:
        known = ", ".join(cluster.name for cluster in policy.clusters)
        message = f"there is no cluster {name!r}; configured: {known}" if name else f"name a cluster: {known}"
        return (Mismatch(location=("cluster",), message=message),)
    context = filled([_cluster(name, test)], policy)
    wanted = [item for item in context.desired.values() if item.kind not in _NOT_COMPARED]
    if test.guest is not None:  # its node exists only to hold it
        wanted = [item for item in wanted if not item.managed or not item.key.startswith(f"{name}/node/")]
    failed = (problem for problem in context.problems if problem.code is ProblemCode.RULE_FAILED)
    return (
        *(Mismatch(location=(), message=problem.message) for problem in failed),
        *(found for kind, expected in test.expect.items() for found in _kind(kind, expected, wanted)),
        *_present(test.absent, wanted),
    )


def _present(absent: Sequence[str], wanted: Sequence[DesiredObject]) -> Iterator[Mismatch]:
    for index, kind in enumerate(absent):
        if kind not in KINDS:
            yield Mismatch(location=("absent", index), message=f"there is no kind {kind!r}")
        names = [item.name for item in wanted if item.kind == kind]
        if names:
            yield Mismatch(location=("absent", index), message=f"there is {kind} {', '.join(names)}")


def _kind(
    kind: str, expected: dict[str, Any] | list[dict[str, Any]], wanted: Sequence[DesiredObject]
) -> Iterator[Mismatch]:
    where = ("expect", kind)
    if kind not in KINDS:
        yield Mismatch(location=where, message=f"there is no kind {kind!r}")
        return
    objects = [_shown(item) for item in wanted if item.kind == kind]
    for index, parts in enumerate(expected if isinstance(expected, list) else [expected]):
        place = (*where, index) if isinstance(expected, list) else where
        if not objects:
            yield Mismatch(location=place, expected=parts, message=f"there is no {kind}")
            continue
        yield from min((list(_compare(parts, item, place, kind)) for item in _named(kind, parts, objects)), key=len)


def _named(kind: str, parts: dict[str, Any], objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the objects an expectation can match: those with its name, if there are any."""
    label = KINDS[kind].label
    same = [item for item in objects if label in parts and item.get(label) == parts[label]]
    return same or objects


def _compare(
    parts: dict[str, Any], item: dict[str, Any], where: tuple[str | int, ...], kind: str
) -> Iterator[Mismatch]:
    for name, expected in parts.items():
        got = item.get(name)
        if isinstance(expected, dict) and isinstance(got, dict):
            yield from _compare(expected, got, (*where, name), kind)
        elif _normal(name, expected) != _normal(name, got):
            known = name in item or where[-1] == "custom_fields" or name in {field.name for field in KINDS[kind].fields}
            message = "" if known else f"{kind} has no field {name!r}"
            yield Mismatch(location=(*where, name), expected=expected, got=got, message=message)


def _normal(name: str, value: Any) -> Any:
    if name == "tags" and isinstance(value, list):
        return sorted(slug(str(tag)) for tag in value)
    return value if value not in ("", [], {}) else None


def _shown(wanted: DesiredObject) -> dict[str, Any]:
    """Return an object as mapping tests show it: references by name, custom fields and tags as in NetBox."""
    plain = {name: _value(value) for name, value in wanted.fields.items()}
    custom = {name.removeprefix(CUSTOM): plain.pop(name) for name in list(plain) if name.startswith(CUSTOM)}
    return {**plain, "tags": list(wanted.tags or ()), "custom_fields": custom}


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return [_value(item) for item in value]
    return value.name if isinstance(value, Ref) else value


def _cluster(name: str, test: MappingTest) -> Cluster:
    node = test.node or ExampleNode(name=test.guest.node if test.guest else "pve1")
    guests = (_guest(test.guest),) if test.guest else ()
    return Cluster(name=name, proxmox_name=name, version=node.version, nodes=(_node(node),), guests=guests)


def _node(node: ExampleNode) -> Node:
    return Node(
        name=node.name,
        online=node.online,
        address=node.address,
        version=node.version,
        cpu_model=node.cpu,
        cpus=node.cpus,
        memory_mib=node.memory_mib,
        location=node.location,
        interfaces=tuple(
            NodeInterface(
                name=item.name,
                type="vlan" if item.vlan else "bridge",
                active=True,
                vlan_id=item.vlan,
                addresses=item.addresses,
            )
            for item in node.interfaces
        ),
    )


def _agent_coverage(guest: ExampleGuest) -> GuestCoverage:
    """Return that the agent of an example said what is given; a container has none, and nothing is missing."""
    silent = COMPLETE if guest.type == "lxc" else NOT_READ
    return GuestCoverage(
        agent_os=COMPLETE if guest.agent_os else silent,
        agent_hostname=COMPLETE if guest.agent_hostname else silent,
    )


def _guest(guest: ExampleGuest) -> Guest:
    same = {
        "vmid",
        "type",
        "node",
        "status",
        "template",
        "pool",
        "description",
        "vcpus",
        "memory_mib",
        "onboot",
        "agent",
        "name",
    }
    nics = [(nic, nic.mac or f"02:00:00:00:00:{index:02X}") for index, nic in enumerate(guest.nics)]
    return Guest(
        **guest.model_dump(include=same),
        tags=tuple(sorted(set(guest.tags))),
        hastate=guest.ha,
        ostype=guest.os,
        agent_os=AgentOs(name=guest.agent_os, version=guest.agent_version) if guest.agent_os else None,
        agent_hostname=guest.agent_hostname,
        coverage=_agent_coverage(guest),
        nics=tuple(
            GuestNic(
                slot=f"net{index}",
                name=f"net{index}",
                model="virtio",
                mac=mac.upper(),
                bridge=nic.bridge,
                tag=nic.tag,
                mtu=nic.mtu,
                addresses=nic.addresses,
            )
            for index, (nic, mac) in enumerate(nics)
        ),
        addresses=tuple(
            GuestAddress(interface=f"eth{index}", mac=mac.upper(), address=address)
            for index, (nic, mac) in enumerate(nics)
            for address in nic.seen
        ),
        disks=tuple(
            GuestDisk(
                slot=disk.slot,
                storage=disk.storage,
                volume=f"vm-{guest.vmid}-{disk.slot}",
                size_bytes=int(disk.gib * _GIB),
            )
            for disk in guest.disks
        ),
    )
