"""Documents for tests: each builder gives a sound one, and takes the fields a test is about."""

from __future__ import annotations

from typing import Any

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.model.lint.lint import Lacking, Lint, LintFinding, LintRule, Unjudged
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.model.outcome import ChangeResult, Outcome, Result
from proxbox_plan.model.plan import (
    Action,
    Adopt,
    Binding,
    Cause,
    Change,
    Create,
    Deferred,
    Delete,
    FieldChange,
    Forget,
    LeftAlone,
    LimitHit,
    Move,
    NamedMachine,
    Plan,
    Preserved,
    Reason,
    Update,
)
from proxbox_plan.model.problem import Problem, ProblemCode
from proxbox_plan.model.state import (
    Cluster,
    Coverage,
    Guest,
    GuestAddress,
    GuestCoverage,
    GuestDisk,
    GuestNic,
    Incomplete,
    Node,
    NodeCoverage,
    NodeInterface,
    State,
    Storage,
)

HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "two\nlines\r\nand\ttab",
    "| a | cell | `code` **bold** _em_ ~~no~~",
    "<script>alert(1)</script><!-- --> & &amp;",
    "@admin #1 !12 https://evil.example.com www.evil.example.com [x](http://y)",
    "</code></details><h1>big",
    "\u202egnirts\u202c\u200b\u2028\u0085",
    "# heading",
    "- item",
    "1. item",
    "\x00\x07\x9b",
    "\\",
    "$x$ {{ 7*7 }} {% x %} :smile:",
    "x" * 5000,
    "",
)


def guest(vmid: int = 100, **fields: Any) -> Guest:
    """Return a running virtual machine with one NIC and one disk."""
    sound: dict[str, Any] = {
        "type": "qemu",
        "node": "pve1",
        "name": f"web{vmid}",
        "status": "running",
        "tags": ("prod", "web"),
        "uuid": f"00000000-0000-4000-8000-{vmid:012d}",
        "vcpus": 2.0,
        "memory_mib": 2048,
        "nics": (nic(),),
        "disks": (GuestDisk(slot="scsi0", storage="local-lvm", volume=f"vm-{vmid}-disk-0", size_bytes=8 << 30),),
        "addresses": (GuestAddress(interface="eth0", mac="BC:24:11:00:00:01", address="10.0.0.5/24"),),
    }
    return Guest(vmid=vmid, **(sound | fields))


def nic(slot: str = "net0", **fields: Any) -> GuestNic:
    """Return a NIC on vmbr0."""
    sound: dict[str, Any] = {"name": slot, "model": "virtio", "mac": "BC:24:11:00:00:01", "bridge": "vmbr0", "tag": 20}
    return GuestNic(slot=slot, **(sound | fields))


def node(name: str = "pve1", **fields: Any) -> Node:
    """Return a node that is online."""
    sound: dict[str, Any] = {
        "online": True,
        "address": "10.0.0.1",
        "version": "9.0.3",
        "cpus": 16,
        "memory_mib": 65536,
        "interfaces": (NodeInterface(name="vmbr0", type="bridge", active=True, addresses=("10.0.0.1/24",)),),
    }
    return Node(name=name, **(sound | fields))


def cluster(name: str = "lab", **fields: Any) -> Cluster:
    """Return a cluster of one node with two guests."""
    sound: dict[str, Any] = {
        "proxmox_name": name,
        "version": "9.0.3",
        "nodes": (node(),),
        "storages": (Storage(name="local-lvm", type="lvmthin", content=("images",)),),
        "guests": (guest(100), guest(101)),
    }
    return Cluster(name=name, **(sound | fields))


def state(*clusters: Cluster) -> State:
    """Return a state of these clusters, by default of one."""
    return State.make(clusters=clusters or (cluster(),))


def incomplete(reason: Incomplete, detail: str = "") -> Coverage:
    """Return the coverage of something that was not read."""
    return Coverage(complete=False, reason=reason, detail=detail)


def incomplete_state() -> State:
    """Return a state with an offline node, a silent agent and a forbidden list."""
    offline = node("pve2", online=False, coverage=NodeCoverage(network=incomplete(Incomplete.NODE_OFFLINE)))
    silent = guest(
        100,
        coverage=GuestCoverage(addresses=incomplete(Incomplete.AGENT_SILENT, "500 QEMU guest agent is not running")),
    )
    lost = guest(
        102,
        node="pve2",
        status="unknown",
        coverage=GuestCoverage(config=incomplete(Incomplete.NODE_OFFLINE, "/nodes/pve2: 595")),
    )
    stopped = guest(103, status="stopped", coverage=GuestCoverage(addresses=incomplete(Incomplete.GUEST_STOPPED)))
    return state(cluster(nodes=(node(), offline), guests=(silent, lost, stopped)))


def lint() -> Lint:
    """Return what was found in an estate: an error, a warning and a note, and what could not be judged."""
    rules = tuple(
        LintRule(name=f"{one.value}-rule", title=f"Some {one.value}", severity=one, why="It matters.", remedy="Fix it.")
        for one in Severity
    )
    found = tuple(
        LintFinding(
            rule=rule.name,
            severity=rule.severity,
            address=Address.of("virtual-machine", f"lab/qemu/{vmid}"),
            kind="qemu",
            name=f"web{vmid}",
            vmid=vmid,
            cluster="lab",
            node="pve1",
            message=f"Something is wrong with {vmid}",
            related=(Address("virtual-machine:lab/qemu/7"),) if vmid == 101 else (),
        )
        for rule, vmid in ((rules[0], 100), (rules[1], 101), (rules[1], 102), (rules[2], 100))
    )
    job = LintFinding(
        rule=rules[1].name,
        severity=Severity.WARNING,
        address=Address("backup-job:lab/nightly"),
        kind="backup-job",
        name="nightly",
        cluster="lab",
        message="It is disabled",
    )
    return Lint.make(
        state="sha256:state",
        collected={"lab": "2026-11-21T07:30:00Z"},
        clusters=("lab",),
        guests=3,
        fail_on=Severity.WARNING,
        rules=rules,
        findings=(found[0], found[1], found[2], job, found[3]),
        unjudged=(
            Unjudged(
                part="prefixes of NetBox", reason=Lacking.INVENTORY, rules=(rules[0].name,), hint="Pass --netbox."
            ),
            Unjudged(
                cluster="lab",
                part="configuration",
                reason=Incomplete.FORBIDDEN,
                rules=tuple(rule.name for rule in rules),
                objects=2,
                detail="GET /nodes/pve1/qemu/103/config: 403",
            ),
        ),
    )


BINDING = Binding(
    state_digest="sha256:aa",
    config_digest="sha256:bb",
    inventory_digest="sha256:cc",
    netbox_url="https://netbox.example.com",
    netbox_version="4.7.3",
)


def plan(**fields: Any) -> Plan:
    """Return a plan that has nothing to do."""
    sound: dict[str, Any] = {"binding": BINDING, "clusters": ("lab",), "complete": True, "applicable": True}
    return Plan.make(**(sound | fields))


_FORMS = {
    Action.CREATE: Create,
    Action.UPDATE: Update,
    Action.ADOPT: Adopt,
    Action.MOVE: Move,
    Action.DELETE: Delete,
    Action.FORGET: Forget,
}


def change(address: str = "virtual-machine:lab/qemu/100", action: Any = Action.CREATE, **fields: Any) -> Change:
    """Return a change of a virtual machine, by default its creation."""
    place = Address(address)
    form: Any = _FORMS[action]
    sound: dict[str, Any] = {
        "kind": place.kind,
        "reason": Reason.NEW,
        "name": place.key.last,
        "cluster": "lab",
        "key": place.key,
        "netbox_id": None if action is Action.UPDATE else 1,
    }
    known = {name: value for name, value in sound.items() if name in form.model_fields}
    given = {name: value for name, value in fields.items() if value is not None or name in form.model_fields}
    made: Change = form(address=place, **(known | given))
    return made


def changed(field: str, before: Any, after: Any, cause: Cause = Cause.PROXMOX) -> FieldChange:
    """Return one field that differs."""
    return FieldChange(field=field, before=before, after=after, cause=cause)


def busy_plan() -> Plan:
    """Return a plan with some of everything: each action, what is deferred and preserved, a problem, a limit."""
    pve1 = {"kind": "device", "name": "pve1", "id": 7, "address": "device:lab/node/pve1"}
    pve2 = {"kind": "device", "name": "pve2", "id": 8, "address": "device:lab/node/pve2"}
    update: dict[str, Any] = {"action": Action.UPDATE, "netbox_id": 5, "last_updated": "2026-01-02T03:04:05.678901Z"}
    return plan(
        changes=(
            change("tag:proxbox", name="Proxbox", cluster=None, key=None, reason=Reason.SUPPORT),
            change(
                name="web100",
                fields=(changed("name", None, "web100", Cause.NEW), changed("device", None, pve1, Cause.NEW)),
            ),
            change("virtual-machine:lab/qemu/101", name="db101", reason=Reason.MOVED, **update).replace(
                fields=(changed("device", pve1, pve2), changed("memory", 2048, 4096))
            ),
            change(
                "virtual-machine:lab/qemu/102",
                name="mail",
                reason=Reason.EDITED,
                **update,
                fields=(changed("status", "offline", "active", Cause.NETBOX),),
            ),
            change(
                "virtual-machine:lab/qemu/103",
                name="old",
                action=Action.ADOPT,
                reason=Reason.MATCHED,
                netbox_id=9,
                fields=(changed("vcpus", None, 2.0, Cause.ADOPTED),),
            ),
            change(
                "vm-interface:lab/qemu/104/net1",
                name="web104 net1",
                action=Action.DELETE,
                reason=Reason.GONE,
                netbox_id=11,
                fields=(changed("mtu", 1500, None),),
            ),
            change(
                "virtual-disk:lab/qemu/9/scsi0",
                name="web9 scsi0",
                action=Action.FORGET,
                reason=Reason.FORGOTTEN,
                netbox_id=12,
            ),
        ),
        deferred=(
            Deferred(
                address=Address("virtual-machine:lab/qemu/105"),
                kind="virtual-machine",
                name="lost",
                action=Action.UPDATE,
                reason=Incomplete.NODE_OFFLINE,
                detail="node pve2 is offline",
            ),
        ),
        left_alone=(LeftAlone(address=Address("virtual-machine:a"), name="old", tag="proxbox-ignore", side="netbox"),),
        preserved=(
            Preserved(
                address=Address("virtual-machine:lab/qemu/101"),
                name="db101",
                field="tenant",
                netbox="Ops",
                proxmox=None,
            ),
        ),
        problems=(
            Problem(
                code=ProblemCode.ADDRESS_CONFLICT,
                address=Address("ip-address:lab/10.0.0.5/24"),
                message="10.0.0.5/24 belongs to web1 (id 4), web100 has it too",
                hint="Remove it from one of them.",
            ),
        ),
        limits=(
            LimitHit(
                kind="virtual-machine",
                affected=12,
                managed=30,
                allowed=9,
                message="12 of 30 virtual machines would be updated or deleted, 40 %; the limit is 30 % (9).",
            ),
        ),
        machines={
            Key("lab/qemu/104"): NamedMachine(name="web104", node="pve1"),
            Key("lab/qemu/9"): NamedMachine(name="web9", node="pve2"),
        },
        unchanged={"device": 4, "virtual-machine": 200},
        complete=False,
        applicable=False,
    )


def large_plan(guests: int = 500) -> Plan:
    """Return the first plan of a cluster: three objects for every guest, all new."""
    changes = [
        change(f"{kind}:lab/qemu/{vmid}{child}", name=f"web{vmid}{name}")
        for kind, child, name in (
            ("virtual-machine", "", ""),
            ("vm-interface", "/net0", " net0"),
            ("virtual-disk", "/scsi0", " scsi0"),
        )
        for vmid in range(100, 100 + guests)
    ]
    return plan(changes=tuple(changes))


def outcome(*results: Result, **fields: Any) -> Outcome:
    """Return an outcome with one change of each result."""
    words = {Result.FAILED: '{"name": ["This field may not be blank."]}', Result.BLOCKED: "waits for web0"}
    items = tuple(
        ChangeResult(
            address=Address(f"virtual-machine:lab/qemu/{index}"),
            kind="virtual-machine",
            action=Action.CREATE,
            name=f"web{index}",
            result=result,
            message=words.get(result, ""),
        )
        for index, result in enumerate(results)
    )
    sound: dict[str, Any] = {
        "plan_id": "abc123",
        "plan_digest": "sha256:abc123",
        "netbox_url": "https://netbox.example.com",
        "results": items,
        "complete": all(result is Result.DONE for result in results),
        "writes": 3,
    }
    return Outcome.make(**(sound | fields))
