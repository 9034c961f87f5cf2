"""Reverse drift: what people wrote in NetBox, as options of `qm set` and `pct set`, and why some cannot be said."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.drift import Author, Origin
from proxbox_plan.model.inventory import Lookup
from proxbox_plan.model.policy import Policy, Rule, Targets
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.reverse_drift import ReverseDrift
from proxbox_plan.model.state import COMPLETE, NOT_READ, GuestCoverage, NodeCoverage, NodeInterface
from proxbox_plan.model.state.sdn import Sdn, SdnVnet, SdnZone
from proxbox_plan.plan.drift import make_drift
from proxbox_plan.plan.reverse_drift import reverse, vlan_lookups
from proxbox_plan.report.text.reverse_drift import reverse_drift_text
from tests.plan import lab
from tests.plan.lab import container, nic, vm
from tests.plan.world import World, policy

VM, CT = "lab/qemu/100", "lab/lxc/200"
NOTE = "# The shop\nCall Ann."
MACHINE = vm(tags=("prod", "web"), description=NOTE)


def world(*guests: Any, **options: Any) -> World:
    """Return a world whose NetBox agrees."""
    made = World(lab.lab(*(guests or (MACHINE, container()))), policy(**options))
    made.settle()
    return made


def reversed_of(made: World, rules: Policy | None = None) -> ReverseDrift:
    """Return what Proxmox would need, and be sure that its lines are lines."""
    found = reverse(make_drift(made.plan()), made.state.clusters, made.inventory, rules or made.policy)
    assert all(line.startswith(("#", "qm set ", "pct set ")) for line in reverse_drift_text(found).splitlines())
    return found


def lines(made: World) -> list[str]:
    """Return the commands, where there is nothing that cannot be said."""
    found = reversed_of(made)
    assert found.left == ()
    return [command for guest in found.guests for command in guest.commands]


def why(made: World) -> list[tuple[str, str]]:
    """Return what cannot be said, where nothing can."""
    found = reversed_of(made)
    assert found.guests == ()
    return [(item.field, item.why) for item in found.left]


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        ({"name": "shop"}, "qm set 100 --name=shop"),
        ({"vcpus": 6.0}, "qm set 100 --cores=6 --sockets=1 --delete=vcpus"),
        ({"memory": 4096}, "qm set 100 --memory=4096"),
        ({"start_on_boot": "on"}, "qm set 100 --onboot=1"),
        ({"comments": "It's\nmine"}, r"qm set 100 --description=$'It\'s\nmine'"),
        ({"comments": ""}, "qm set 100 --delete=description"),
        ({"description": "A store"}, r"qm set 100 --description=$'A store\nCall Ann.'"),
        ({"memory": 1024, "name": "shop", "comments": ""}, "qm set 100 --name=shop --memory=1024 --delete=description"),
    ],
)
def test_a_machine(edit: dict[str, Any], line: str) -> None:
    """One line for all that is set, with each value as one word."""
    made = world()
    made.edit("virtual-machine", VM, **edit)
    assert lines(made) == [line]


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        ({"name": "mail.example.com"}, "pct set 200 --hostname=mail.example.com"),
        ({"vcpus": 2.0, "start_on_boot": "on"}, "pct set 200 --cores=2 --onboot=1"),
        ({"vcpus": None}, "pct set 200 --delete=cores,cpulimit"),
    ],
)
def test_a_container(edit: dict[str, Any], line: str) -> None:
    """Its tool and its options have other names."""
    made = world()
    made.edit("virtual-machine", CT, **edit)
    assert lines(made) == [line]


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        ({"name": "My shop; rm -rf /"}, "Proxmox takes only a DNS name: letters, digits and `-`"),
        ({"vcpus": 1.5}, "Proxmox takes whole CPUs, at least one"),
        ({"vcpus": None}, "Proxmox takes whole CPUs, at least one"),
        ({"memory": None}, "Proxmox takes at least 16 MiB"),
        ({"start_on_boot": "laststate"}, "Proxmox knows only on and off"),
        ({"comments": "x" * 8193}, "Proxmox takes a note of 8,192 bytes at most"),
        (
            {"comments": "\u202eevil"},
            "it has characters or white space that are not taken over from a note of Proxmox",
        ),
        ({"description": "**A** store"}, "the first line of the note cannot be told from the rest of it"),
    ],
)
def test_what_proxmox_does_not_take(edit: dict[str, Any], reason: str) -> None:
    """It is left, with the reason."""
    made = world()
    made.edit("virtual-machine", VM, **edit)
    assert why(made) == [(next(iter(edit)), reason)]


def test_memory_in_other_units() -> None:
    """NetBox's number stands for what it counts in."""
    made = world(units="decimal")
    made.edit("virtual-machine", VM, memory=4295)
    assert lines(made) == ["qm set 100 --memory=4096"]


def test_a_note_and_its_first_line() -> None:
    """The comments are the note: a description of their own fits only if it is their first line."""
    made = world()
    made.edit("virtual-machine", VM, comments="A store\nCall Bob.", description="A store")
    assert lines(made) == [r"qm set 100 --description=$'A store\nCall Bob.'"]
    made.edit("virtual-machine", VM, description="Another")
    assert [(item.field, item.why) for item in reversed_of(made).left] == [
        ("description", "it is the first line of the note, and NetBox's comments have another")
    ]


def test_a_description_without_a_note() -> None:
    """It becomes the note; one that is taken away takes its line along."""
    made = world(vm())
    made.edit("virtual-machine", VM, description="A store")
    assert lines(made) == ["qm set 100 '--description=A store'"] or lines(made) == [
        "qm set 100 --description='A store'"
    ]
    made = world(vm(description="Only this"))
    made.edit("virtual-machine", VM, description="")
    assert lines(made) == ["qm set 100 --delete=description"]


def test_tags_that_people_took_off() -> None:
    """The others stay; those that people put on are theirs, and no drift."""
    made = world()
    made.tag("virtual-machine", VM, "prod", "proxbox", "theirs")
    assert lines(made) == ["qm set 100 --tags=prod"]
    made.tag("virtual-machine", VM, "proxbox")
    assert lines(made) == ["qm set 100 --delete=tags"]


def test_tags_that_are_not_of_proxmox() -> None:
    """Our own mark is none; two of one slug cannot be told apart."""
    made = world()
    made.tag("virtual-machine", VM, "prod", "web")
    assert why(made) == [("tags", "not each of these is one tag in Proxmox: proxbox")]
    made = world(vm(tags=("c", "c++")))
    made.tag("virtual-machine", VM, "proxbox", "c-2")
    assert why(made) == [("tags", "not each of these is one tag in Proxmox: c")]


def vlan(made: World, vid: Any, key: str = f"{VM}/net0") -> None:
    """Let a person put a NIC into a VLAN of theirs."""
    row = made.add("vlan", f"V{vid}", vid=vid)
    made.edit("vm-interface", key, untagged_vlan=made.ref("vlan", row.id))


def test_the_vlan_of_a_nic() -> None:
    """Only the VLAN is set: the rest of the line is read where it is set, so that nothing of it is lost."""
    made = world()
    vlan(made, 30)
    script = "/^net0: /{s/^net0: //;s/,tag=[0-9]*//;s/^tag=[0-9]*,//;p;}"
    current = f"$(qm config 100 | sed -n '{script}')"
    assert lines(made) == [f'qm set 100 --net0="{current},tag=30"']
    made.edit("vm-interface", f"{VM}/net0", untagged_vlan=None)
    assert lines(made) == [f'qm set 100 --net0="{current}"']


def test_a_vlan_that_is_not_known() -> None:
    """One that NetBox did not say the number of, or the same number of another group."""
    made = world()
    vlan(made, None)
    assert why(made) == [("untagged_vlan", "NetBox does not say which VLAN id that is")]
    made = world()
    vlan(made, 20)
    assert why(made) == [("untagged_vlan", "it is another VLAN with the same VLAN id")]


LOST = lab.incomplete()
VLAN_ZONE, FAR_ZONE = SdnZone(name="vz", type="vlan", bridge="vmbr0"), SdnZone(name="vx", type="vxlan")
OFFICE, FAR = SdnVnet(name="office", zone="vz", tag=40), SdnVnet(name="far", zone="vx", tag=100)
IN_A_VLAN = "its bridge or vnet is in a VLAN, and a tag would be one inside of that"
NO_TAG = "its vnet decides on its VLAN, and takes no tag"


def wired(bridge: str, tag: int | None, *, aware: bool = False) -> World:
    """Return a world with a NIC on a bridge or vnet, whose NetBox agrees."""
    on_vlan = NodeInterface(name="vmbr40", type="bridge", active=True, ports=("nic0.40",))
    nodes = (lab.node(interfaces=(*lab.node().interfaces, on_vlan)), lab.node("pve2", 2))
    vnets = tuple(vnet.model_copy(update={"vlanaware": aware}) for vnet in (OFFICE, FAR))
    sdn = Sdn(zones=(VLAN_ZONE, FAR_ZONE), vnets=vnets, coverage=COMPLETE, pending_coverage=COMPLETE)
    guest = vm(nics=(nic(100, bridge=bridge, tag=tag),))
    made = World(lab.lab(guest, sdn=sdn, nodes=nodes), policy(areas=Areas(sdn=True)))
    made.settle()
    return made


@pytest.mark.parametrize(
    ("bridge", "tag", "aware", "reason"),
    [
        ("office", None, False, NO_TAG),
        ("office", None, True, IN_A_VLAN),
        ("office", 5, True, IN_A_VLAN),
        ("far", None, False, NO_TAG),
        ("vmbr40", None, False, IN_A_VLAN),
        ("vmbr40", 5, False, IN_A_VLAN),
    ],
)
def test_a_vlan_that_is_not_that_of_the_tag(bridge: str, tag: int | None, aware: bool, reason: str) -> None:  # noqa: FBT001 # a parameter
    """A vnet or bridge gives it, or is around it: `tag=` would say something else, or keep the guest from starting."""
    made = wired(bridge, tag, aware=aware)
    vlan(made, 30)
    assert why(made) == [("untagged_vlan", reason)]
    if made.state.clusters[0].guests[0].nics[0].bridge != "far":
        made.edit("vm-interface", f"{VM}/net0", untagged_vlan=None)
        assert why(made) == [("untagged_vlan", reason)]


def test_the_tag_of_a_vnet_without_a_vlan() -> None:
    """It is the VLAN, where the vnet takes one."""
    made = wired("far", 5, aware=True)
    vlan(made, 30)
    assert [line.rpartition(",")[2] for line in lines(made)] == ['tag=30"']


def test_a_vlan_inside_of_another_one() -> None:
    """One tag cannot say it."""
    made = world()
    outer = made.add("vlan", "V700", vid=700)
    row = made.add("vlan", "V30", vid=30, qinq_svlan=made.ref("vlan", outer.id))
    made.edit("vm-interface", f"{VM}/net0", untagged_vlan=made.ref("vlan", row.id))
    assert why(made) == [("untagged_vlan", "that VLAN is inside of another one (Q-in-Q)")]


@pytest.mark.parametrize("asked", [False, True])
def test_a_bridge_that_was_not_read(asked: bool) -> None:  # noqa: FBT001 # a parameter
    """The tag is what is known, unless Proxmox was asked for more and did not answer."""
    made = world()
    vlan(made, 30)
    network = LOST if asked else NOT_READ
    made.state = lab.lab(MACHINE, container(), nodes=(lab.node(interfaces=(), coverage=NodeCoverage(network=network)),))
    found = reversed_of(made)
    assert (len(found.guests), [item.why for item in found.left]) == (
        (0, ["it was not read whether its bridge or vnet is in a VLAN"]) if asked else (1, [])
    )


def test_what_netbox_is_asked_for() -> None:
    """The VLANs that are not known yet, and nothing for any other difference."""
    made = world()
    vlan(made, 30)
    made.edit("virtual-machine", VM, memory=1)
    found = make_drift(made.plan())
    number = found.items[-1].netbox["id"] if found.items[-1].field == "untagged_vlan" else found.items[0].netbox["id"]
    assert list(vlan_lookups(found, made.inventory)) == []
    unread = made.inventory.replace(kinds={})
    assert list(vlan_lookups(found, unread)) == [Lookup("vlan", "id", str(number))]


def test_what_a_rule_gives() -> None:
    """To change it in Proxmox would help nothing."""
    rule = Rule(set=Targets(comments="ours", name="x-{{ guest.name }}"))
    made = world(rules=(rule,))
    made.edit("virtual-machine", VM, comments="theirs", name="shop", description="A store")
    given = "a rule of the configuration gives the value, whatever Proxmox says"
    assert sorted(why(made)) == [
        ("comments", given),
        ("description", "it is the first line of the note, and NetBox's comments have another"),
        ("name", given),
    ]
    made = world(rules=(rule,))
    made.edit("virtual-machine", VM, description="A store")
    assert why(made) == [("description", "it is the first line of the note, and a rule gives that")]


def test_only_what_people_did() -> None:
    """What changed in Proxmox, is new there or was found on adoption is nothing to take back."""
    made = world()
    made.edit("virtual-machine", VM, role=None, platform=None)
    changed = MACHINE.replace(memory_mib=4096, name="shop")
    made.state = lab.lab(changed, container(), vm(101))
    found = reversed_of(made)
    assert (found.guests, found.left, found.others) == ((), (), 2)
    made.edit("virtual-machine", VM, memory=1024)
    assert lines(made) == ["qm set 100 --memory=1024"]
    adopted = World(lab.lab(vm()), policy())
    adopted.settle()
    row = adopted.rewrite("virtual-machine", VM, key=None, last_applied=None)
    adopted.rows["virtual-machine"][row.id] = row.replace(fields={**row.fields, "memory": 1})
    assert reversed_of(adopted).guests == ()


def test_what_was_not_read() -> None:
    """Nothing is set in place of what is not known, nor of a guest or cluster that is not there."""
    made = world()
    vlan(made, 30)
    found = make_drift(made.plan())
    for state in (
        lab.lab(MACHINE.replace(coverage=GuestCoverage(config=lab.incomplete()))),
        lab.lab(container()),
        lab.lab(vm(nics=(nic(100, 1),))),
    ):
        result = reverse(found, state.clusters, made.inventory, made.policy)
        assert (len(result.left), result.guests) == (1, ())
    elsewhere = made.policy.replace(clusters=(made.policy.clusters[0].replace(name="far"),))
    assert reversed_of(made, elsewhere).left[0].why == "the guest is not in the state under its own number"


def test_as_text() -> None:
    """A shell may read all of it: what is not a command is a comment, on its own line, whatever others wrote."""
    made = world(MACHINE, container(name="evil\n$(reboot)"))
    made.edit("virtual-machine", VM, memory=1024, vcpus=3.0, start_on_boot="x\nrm -rf /", platform=None)
    made.edit("virtual-machine", CT, memory=1024)
    found = reversed_of(made)
    author = Author(user="Ann\nrm -rf /", time="2026-11-21T07:30:00Z", entry=1)
    options = tuple(option.replace(author=author) for option in found.guests[0].options)
    shown = found.replace(guests=(found.guests[0].replace(options=options), found.guests[1]), complete=False)
    only = "Proxmox knows only on and off"
    assert reverse_drift_text(shown).splitlines() == [
        "# vm-100 (qemu/100 of lab), on node pve1",
        "#   virtual-machine:lab/qemu/100 vcpus: NetBox has 3.0, Proxmox 2.0 (Ann\\nrm -rf /, 2026-11-21T07:30:00Z)",
        "#   virtual-machine:lab/qemu/100 memory: NetBox has 1024, Proxmox 2048 (Ann\\nrm -rf /, 2026-11-21T07:30:00Z)",
        "qm set 100 --cores=3 --sockets=1 --memory=1024 --delete=vcpus",
        "# evil\\n$(reboot) (lxc/200 of lab), on node pve1",
        "#   virtual-machine:lab/lxc/200 memory: NetBox has 1024, Proxmox 512",
        "pct set 200 --memory=1024",
        f"# Not said: virtual-machine:{VM} start_on_boot: NetBox has x\\nrm -rf /, Proxmox off: {only}.",
        "# 1 difference of fields that Proxmox does not have.",
        "# What was not read may differ, too.",
    ]
    assert {option.origin for guest in found.guests for option in guest.options} == {Origin.NETBOX}
    assert reverse_drift_text(reversed_of(world())) == "# Nothing to set in Proxmox.\n"
