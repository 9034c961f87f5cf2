"""Classes of review: which changes are `auto`, which are reviewed, and which are held, with all that goes with them."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.core.key import Key
from proxbox_plan.model.inventory.dependents import Dependent
from proxbox_plan.model.kind import OnMissing
from proxbox_plan.model.plan import Delete, GuestLabels, HoldReason, Plan
from proxbox_plan.model.policy import ClusterPolicy, Limits, Mode, Policy, ReviewClass, ReviewRule
from proxbox_plan.model.relation import Effect
from proxbox_plan.model.state import Guest
from proxbox_plan.plan import KINDS, make_undo
from proxbox_plan.plan.drift import make_drift
from proxbox_plan.plan.review.split import part_of
from proxbox_plan.policy.permission import check_permission
from proxbox_plan.policy.review.judge import Judge
from proxbox_plan.policy.review.permitted import check_reviewed
from tests.plan.lab import disk, lab, nic, now, seen, vm, world
from tests.plan.test_moves import moved, started
from tests.plan.world import World, policy

VM = "virtual-machine:lab/qemu/100"
DISK = "virtual-disk:lab/qemu/100/disk/scsi0"
NIC = "vm-interface:lab/qemu/100/net0"
ADDRESS = "ip-address:lab/qemu/100/net0/ip/10.0.1.100"
ROUTINE = {"when": {"kind": "virtual-machine", "field": ["status", "memory", "vcpus"]}, "class": "auto"}
GONE = {"virtual-machine": OnMissing.DELETE}


def ruled(made: World, *rules: dict[str, Any], **options: Any) -> World:
    """Give a world rules of review, as the configuration has them."""
    made.policy = made.policy.replace(review=tuple(map(ReviewRule.model_validate, rules)), **options)
    return made


def classes(made: World) -> dict[str, str]:
    """Return the class of each change, held ones too."""
    plan = made.plan()
    found = {str(change.address): change.review.value for change in plan.changes}
    return found | {str(item.address): item.change.review.value for item in plan.held}


def held(made: World) -> dict[str, str]:
    """Return why what is held is."""
    return {str(item.address): item.message for item in made.plan().held}


def more_memory(*rules: dict[str, Any], **fields: Any) -> World:
    """Return a world in which a guest got more memory, and what else is said."""
    return ruled(now(world(vm(100)), vm(100, memory_mib=4096, **fields)), *rules)


def test_without_rules_everything_is_reviewed() -> None:
    """As ever."""
    assert classes(more_memory()) == {VM: "review"}


def test_the_first_rule_that_is_met_decides() -> None:
    """Whatever comes after it."""
    hold = {"when": {"kind": "virtual-machine"}, "class": "hold"}
    assert classes(more_memory(ROUTINE, hold)) == {VM: "auto"}
    assert classes(more_memory(hold, ROUTINE)) == {VM: "hold"}


def test_a_change_has_the_strictest_class_of_its_fields() -> None:
    """It is never split."""
    assert classes(more_memory(ROUTINE, description="new")) == {VM: "review"}
    frozen = {"when": {"field": "description"}, "class": "hold"}
    assert classes(more_memory(ROUTINE, frozen, description="new")) == {VM: "hold"}


def test_what_is_no_update_is_judged_as_a_whole_too() -> None:
    """A rule about a field lets nothing be created or deleted, and a delete writes no field."""
    every = {"when": {"field": "*"}, "class": "auto"}
    assert set(classes(ruled(now(world(vm(100)), vm(100), vm(101)), every)).values()) == {"review"}
    assert classes(ruled(now(world(vm(100)), vm(100, disks=())), every))[DISK] == "review"
    assert classes(ruled(now(world(vm(100)), vm(100, disks=())), {"when": {"field": "size"}, "class": "hold"})) == {
        DISK: "review"
    }


def test_a_reason_tells_a_decommission_from_a_stopped_guest() -> None:
    """Both write the status."""
    reviewed = {"when": {"reason": "gone-from-proxmox"}, "class": "review"}
    two = world(vm(100), vm(101))
    assert classes(ruled(now(two, vm(100, status="stopped"), vm(101)), reviewed, ROUTINE)) == {VM: "auto"}
    assert classes(ruled(now(two, vm(101)), reviewed, ROUTINE))[VM] == "review"


def test_an_observed_cluster_is_never_written() -> None:
    """Said so."""
    made = more_memory(ROUTINE)
    made.policy = policy(ClusterPolicy(name="lab", site="DC1", mode=Mode.OBSERVE))
    assert held(made) == {VM: "cluster lab is observed"}
    assert {item.reason for item in made.plan().held} == {HoldReason.CLUSTER}


def test_an_observed_cluster_needs_nothing_of_its_own() -> None:
    """Not even our custom fields, as long as nothing is written."""
    made = World(lab(vm(100)), policy(ClusterPolicy(name="lab", site="DC1", mode=Mode.OBSERVE)))
    assert made.plan().changes == ()


def test_an_observed_kind_is_never_written() -> None:
    """The other kinds are."""
    made = now(world(vm(100)), vm(100, memory_mib=4096, disks=(disk(gib=9),)))
    made.policy = policy(mode={"virtual-disk": Mode.OBSERVE})
    assert held(made) == {DISK: "objects of the kind virtual-disk are observed"}
    assert classes(made)[VM] == "review"


def without_nic(**options: Any) -> World:
    """Return a world in which a guest lost its NIC: NetBox empties the guest's primary address with that address."""
    made = now(world(vm(100, tags=("prod",))), vm(100, tags=("prod",), nics=(), addresses=()))
    made.policy = policy(**options)
    of, machine = made.find("ip-address", "lab/qemu/100/net0/ip/10.0.1.100"), made.find("virtual-machine", VM[16:])
    made.dependents.append(
        Dependent(
            kind="ip-address",
            on=of.id,
            model="virtualization.virtualmachine",
            id=machine.id,
            name=machine.name,
            effect=Effect.EMPTIED,
            field="primary_ip4",
        )
    )
    return made


def test_a_delete_is_held_while_what_it_empties_is_observed() -> None:
    """To delete the primary address of a machine writes to that machine."""
    assert held(without_nic()) == {}
    made = without_nic(mode={"virtual-machine": Mode.OBSERVE})
    assert held(made)[ADDRESS] == "objects of the kind virtual-machine are observed"
    assert NIC in held(made)


def test_a_delete_has_the_class_of_what_it_empties() -> None:
    """As if it were written there."""
    auto = {"when": {"kind": ["ip-address", "vm-interface"]}, "class": "auto"}
    assert classes(ruled(without_nic(), auto))[ADDRESS] == "review"
    both = {"when": {"kind": "virtual-machine", "field": "primary_ip4"}, "class": "auto"}
    assert classes(ruled(without_nic(), auto, both))[ADDRESS] == "auto"
    frozen = {"when": {"field": "primary_ip4"}, "class": "hold"}
    assert set(classes(ruled(without_nic(), frozen, auto)).values()) == {"hold"}


def test_what_goes_along_with_a_delete_is_observed_with_its_kind() -> None:
    """A MAC address is a record of its NIC: no rule about a field asks for it."""
    made = without_nic()
    port = made.find("vm-interface", "lab/qemu/100/net0")
    record = Dependent(kind="vm-interface", on=port.id, model="dcim.macaddress", id=1, name="BC:24:11:00:64:00")
    (change,) = [change for change in made.plan().changes if change.address == NIC]
    assert isinstance(change, Delete)
    change = change.replace(along=(record,))
    observed = {"mode": {"mac-address": Mode.OBSERVE}}
    assert Judge.of(policy(**observed), {}, KINDS).judgment(change).hold is not None
    assert Judge.of(policy(), {}, KINDS).judgment(change).hold is None
    ruled(made, {"when": {"kind": "mac-address"}, "class": "hold"})
    assert Judge.of(made.policy, {}, KINDS).judgment(change).hold is None


def test_a_delete_in_one_cluster_writes_nothing_to_an_observed_one() -> None:
    """What NetBox empties with it may be of another guest, as one's NIC in a VLAN that two clusters share."""
    made = without_nic()
    plan = made.plan()
    (change,) = [change for change in plan.changes if change.address == ADDRESS]
    assert isinstance(change, Delete)
    (item,) = change.along
    assert item.key == VM[16:]
    elsewhere = change.replace(along=(item.replace(key=Key("edge/qemu/100")),))
    edge = ClusterPolicy(name="edge", site="DC1", mode=Mode.OBSERVE)
    judge = Judge.of(policy(ClusterPolicy(name="lab", site="DC1"), edge), {}, KINDS)
    assert judge.judgment(change).hold is None
    assert "cluster edge is observed" in str(judge.judgment(elsewhere).hold)


@pytest.mark.parametrize("when", [{"guest": "vm-*"}, {"tag": "prod"}, {"cluster": "lab"}, {"guest": "/^vm-1/"}])
def test_rules_about_a_guest_hold_for_all_of_it(when: dict[str, str]) -> None:
    """Its disks and NICs, too."""
    made = world(vm(100, tags=("prod",)))
    made = now(made, vm(100, tags=("prod",), disks=(disk(gib=9),), nics=(nic(100, tag=30),)))
    found = classes(ruled(made, {"when": when, "class": "hold"}))
    assert (found[DISK], found[NIC]) == ("hold", "hold")


def test_a_guest_that_is_gone_is_known_by_what_netbox_says() -> None:
    """Proxmox says nothing of it any more."""
    made = now(world(vm(100, tags=("prod",)), vm(101)), vm(101))
    assert VM in held(ruled(made, {"when": {"tag": "prod"}, "class": "hold"}))


def test_the_former_guest_of_a_vmid_is_no_other_guest() -> None:
    """What NetBox has of it is judged by its own name and tags, too."""
    other = vm(100, name="test", uuid="other", vmgenid="other", nics=(nic(100, mac="BC:24:11:AA:AA:AA"),), addresses=())
    for when in ({"guest": "prod"}, {"tag": "prod"}):
        made = now(world(vm(100, name="prod", tags=("prod",))), other)
        found = classes(ruled(made, {"when": when, "class": "hold"}, {"class": "auto"}))
        assert found[f"{VM}#replaced"] == found[f"{NIC}#replaced"] == found[VM] == "hold"


def test_to_rename_a_guest_frees_it_of_no_rule() -> None:
    """Whoever may rename it in Proxmox does not decide by that how it is reviewed."""
    made = now(world(vm(100, name="prod")), vm(100, name="test", memory_mib=4096, disks=(disk(gib=9),)))
    found = classes(ruled(made, {"when": {"guest": "prod"}, "class": "hold"}, {"class": "auto"}))
    assert found == {VM: "hold", DISK: "hold"}
    assert set(classes(ruled(made, {"when": {"guest": "test"}, "class": "auto"})).values()) == {"review"}


def test_nor_does_a_tag_of_proxmox() -> None:
    """One that is removed, or put there, counts once a person has let it into NetBox."""
    made = world(vm(100, tags=("prod",)), vm(101, tags=("auto",)))
    made = now(made, vm(100, memory_mib=4096), vm(101, tags=("auto",)))
    assert classes(ruled(made, {"when": {"tag": "prod"}, "class": "hold"}, {"class": "auto"})) == {VM: "hold"}
    made = now(made, vm(100, tags=("auto", "prod"), memory_mib=4096), vm(101, tags=("auto",)))
    ruled(made, {"when": {"tag": "auto"}, "class": "auto"})
    assert classes(made) == {VM: "review"}
    made.apply()
    made = now(made, vm(100, tags=("auto", "prod"), memory_mib=8192), vm(101, tags=("auto",)))
    assert classes(made) == {VM: "auto"}


def test_our_own_tag_is_no_tag_of_a_guest() -> None:
    """Every machine has it."""
    made = now(world(vm(100), vm(101)), vm(100, memory_mib=4096))
    assert set(classes(ruled(made, {"when": {"tag": "*"}, "class": "hold"})).values()) == {"review"}


def test_tags_that_are_not_put_on_machines_are_those_of_proxmox() -> None:
    """NetBox knows none."""
    made = world(vm(100, tags=("auto",)), guest_tags=False)
    made = now(made, vm(100, tags=("auto",), memory_mib=4096))
    assert classes(ruled(made, {"when": {"tag": "auto"}, "class": "auto"})) == {VM: "auto"}


def test_a_tag_of_a_guest_that_is_gone_has_the_name_that_proxmox_gave_it() -> None:
    """NetBox knows it by its slug."""
    made = now(world(vm(100, tags=("Prod.db",)), vm(101)), vm(101))
    for tag, is_held in (("Prod.db", True), ("prod.*", True), ("/^prod-/", True), ("prod.d", False)):
        assert (VM in held(ruled(made, {"when": {"any": [{"tag": tag}]}, "class": "hold"}))) is is_held


def test_a_guest_that_leaves_a_cluster_is_judged_by_that_one_too() -> None:
    """It changes what NetBox says of both."""
    made = moved(started())
    for name in ("lab", "other"):
        ruled(made, {"when": {"cluster": name}, "class": "hold"}, {"class": "auto"})
        assert classes(made)["virtual-machine:other/qemu/100"] == "hold"


@pytest.mark.parametrize("guests", [{}, {Key("lab/qemu/100"): (GuestLabels(unknown=("guest", "tag")),)}])
def test_a_guest_that_was_not_read_has_the_strictest_class_it_may_have(
    guests: dict[Key, tuple[GuestLabels, ...]],
) -> None:
    """It may be any guest, so a rule about one may be met, or not."""
    test, prod = {"when": {"guest": "test*"}, "class": "auto"}, {"when": {"guest": "prod*"}, "class": "hold"}
    change = more_memory().plan().changes[0]
    for rules, expected in (
        ([test], "review"),
        ([prod, {"class": "auto"}], "hold"),
        ([test, {"class": "auto"}], "auto"),
    ):
        made = more_memory(*rules)
        judgment = Judge.of(made.policy, guests, KINDS).judgment(change)
        assert judgment.review == expected


def test_what_needs_a_review_takes_along_what_it_belongs_to() -> None:
    """The VLAN is new and reviewed, so the NIC that is put into it is, too."""
    made = now(world(vm(100), vm(101)), vm(100, nics=(nic(100, tag=30),)), vm(101, memory_mib=4096))
    found = classes(ruled(made, {"when": {"kind": "v*-*"}, "class": "auto"}))
    assert found == {"vlan:lab/vlan/30": "review", NIC: "review", "virtual-machine:lab/qemu/101": "auto"}


def test_what_is_changed_of_one_guest_is_reviewed_together() -> None:
    """NetBox stamps a machine anew when its disks change, and a plan of the rest would be stale."""
    made = now(world(vm(100)), vm(100, memory_mib=4096, disks=(disk(gib=9),)))
    assert classes(ruled(made, ROUTINE)) == {VM: "review", DISK: "review"}


def test_while_a_deletion_is_held_all_parts_stay() -> None:
    """No machine loses its parts before it may be deleted."""
    made = ruled(
        now(world(vm(100), vm(101), on_missing=GONE), vm(101)), {"when": {"kind": "virtual-machine"}, "class": "hold"}
    )
    assert made.plan().changes == ()
    assert held(made)[NIC] == f"belongs to {VM}, which is held"


def test_while_a_decommission_is_held_all_parts_stay() -> None:
    """Also an address, which would be marked as deprecated with it."""
    made = ruled(now(world(vm(100), vm(101)), vm(101)), {"when": {"kind": "virtual-machine"}, "class": "hold"})
    assert made.plan().changes == ()
    assert held(made).keys() == {VM, "ip-address:lab/qemu/100/net0/ip/10.0.1.100"}


def test_while_a_part_is_held_its_machine_is_not_deleted() -> None:
    """NetBox would delete both."""
    made = ruled(
        now(world(vm(100), vm(101), on_missing=GONE), vm(101)), {"when": {"kind": "virtual-disk"}, "class": "hold"}
    )
    assert held(made)[VM] == f"depends on {DISK}, which is held"


def test_an_address_that_may_not_move_is_given_up_by_nobody() -> None:
    """The machine that has it as its primary address keeps it, and is not decommissioned meanwhile."""
    made = now(world(vm(100), vm(101)), vm(101, addresses=seen(101, "10.0.1.100/24")))
    ruled(made, {"when": {"kind": "ip-address", "action": "move"}, "class": "hold"})
    assert held(made)[VM] == "belongs to ip-address:lab/qemu/101/net0/ip/10.0.1.100, which is held"
    made.apply()
    assert made.find("virtual-machine", "lab/qemu/100").fields["primary_ip4"]["name"] == "10.0.1.100/24"


def test_names_that_are_swapped_are_held_together() -> None:
    """One of them would keep a temporary name."""
    made = now(world(vm(100, name="a"), vm(101, name="b")), vm(100, name="b"), vm(101, name="a"))
    ruled(made, {"when": {"guest": "b"}, "class": "hold"})
    assert made.plan().changes == ()


def test_a_shared_object_is_not_created_for_what_is_held() -> None:
    """It is, as soon as anything else needs it."""
    frozen = {"when": {"guest": "vm-100"}, "class": "hold"}
    made = world(vm(100), vm(101))
    tagged = now(made, vm(100, tags=("new",)), vm(101))
    assert held(ruled(tagged, frozen))["tag:new"] == f"belongs to {VM}, which is held"
    both = now(made, vm(100, tags=("new",)), vm(101, tags=("new",)))
    assert set(held(ruled(both, frozen))) == {VM}


def test_held_changes_count_for_no_limit_and_no_check() -> None:
    """They change nothing."""
    made = now(world(*many()), *many(memory_mib=4096))
    assert not made.plan().applicable
    assert ruled(made, {"class": "hold"}).plan().applicable


def many(**fields: Any) -> list[Guest]:
    """Return so many guests that a limit counts."""
    return [vm(100 + number, **fields) for number in range(12)]


def test_a_part_of_a_plan_over_a_limit_is_over_it() -> None:
    """To cut a plan in two is no way around."""
    guests = [vm(100 + number, memory_mib=4096 if number < 4 else 2048) for number in range(12)]
    some = [guest.replace(description="x") if number < 2 else guest for number, guest in enumerate(guests)]
    made = ruled(now(world(*many()), *some), ROUTINE, limits=Limits(percent=30))
    plan = made.plan()
    for review in (ReviewClass.AUTO, ReviewClass.REVIEW):
        part = part_of(plan, review, made.policy)
        assert len(part.changes) == 2
        with pytest.raises(RefusedError, match="exceeds a change limit"):
            check_permission(part)


def test_after_an_apply_only_what_is_held_is_left() -> None:
    """A second run plans nothing else."""
    made = now(world(vm(100), vm(101)), vm(100, memory_mib=4096), vm(101, memory_mib=4096))
    ruled(made, {"when": {"guest": "vm-100"}, "class": "hold"})
    made.apply()
    again = made.plan()
    assert (again.changes, [str(item.address) for item in again.held]) == ((), [VM])


def test_drift_shows_what_is_held_and_does_not_count_it() -> None:
    """No apply would change it."""
    drift = make_drift(more_memory({"class": "hold"}).plan())
    assert [(item.field, item.held) for item in drift.items] == [("memory", "`review[0]`")]
    assert drift.counted == ()


def test_an_undo_is_held_to_the_rules() -> None:
    """It is a plan like any other."""
    made = now(world(vm(100, tags=("db",))), vm(100, tags=("db",), memory_mib=4096))
    outcome = made.outcome(made.plan())
    ruled(made, {"when": {"guest": "vm-100", "tag": "*"}, "class": "hold"})
    plan = make_undo(outcome, made.inventory, "sha256:config", made.policy)
    assert (plan.changes, [str(item.address) for item in plan.held]) == ((), [VM])


def test_an_undo_does_not_give_a_held_guest_back_its_name_or_tags() -> None:
    """It is judged as it will be, too."""
    for before, when in ((vm(100, name="prod"), {"guest": "prod"}), (vm(100, tags=("prod",)), {"tag": "prod"})):
        made = now(world(before), vm(100))
        outcome = made.outcome(made.plan())
        ruled(made, {"when": when, "class": "hold"}, {"class": "auto"})
        plan = make_undo(outcome, made.inventory, "sha256:config", made.policy)
        assert (plan.changes, [str(item.address) for item in plan.held]) == ((), [VM])


def test_a_held_change_that_is_listed_twice_is_refused() -> None:
    """Otherwise another one that has its address would be judged in its place."""
    made = ruled(more_memory(), {"when": {"guest": "vm-100"}, "class": "hold"}, {"class": "auto"})
    plan = made.plan()
    (item,) = plan.held
    other = item.replace(change=item.change.replace(key=None, ownership_before=None, netbox_id=999))
    forged = plan.remade(changes=(item.change.replace(review=ReviewClass.REVIEW),), held=(other,))
    assert "is held, and among the changes to apply" in refused(forged, made.policy)


def test_a_change_that_has_no_class_of_its_plan_is_refused() -> None:
    """Also without a configuration to compute it from."""
    made = more_memory(ROUTINE)
    plan = made.plan()
    wrong = part_of(plan, ReviewClass.AUTO, made.policy).remade(part=ReviewClass.REVIEW)
    with pytest.raises(RefusedError, match="is of the class auto, in a plan of the class review"):
        check_reviewed(wrong, KINDS, None)
    check_reviewed(plan, KINDS, None)


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([{"class": "hold"}], "is held"),
        ([{"class": "review"}], "is of the class review, and the plan says auto"),
        ([ROUTINE], ""),
    ],
)
def test_classes_are_computed_again(rules: list[dict[str, Any]], words: str) -> None:
    """From the configuration: what a plan says of itself permits nothing."""
    made = more_memory(ROUTINE)
    plan, under = made.plan(), ruled(made, *rules).policy
    assert refused(plan, under) == "" if not words else words in refused(plan, under)


def test_a_tag_holds_a_guest_that_is_gone_where_tags_are_not_put_on_machines() -> None:
    """With `guest_tags: false` neither side knows its tags: the strictest class that is possible decides."""
    made = now(world(vm(100, tags=("freeze",)), vm(101), guest_tags=False), vm(101))
    ruled(made, {"when": {"tag": "freeze"}, "class": "hold"}, {"class": "auto"})
    assert set(classes(made).values()) == {"hold"}
    ruled(made, {"when": {"guest": "other", "tag": "freeze"}, "class": "hold"}, {"class": "auto"})
    assert set(classes(made).values()) == {"auto"}  # its name is known


def refused(plan: Plan, under: Policy) -> str:
    """Return why an apply refuses a plan; empty when it does not."""
    try:
        check_reviewed(plan, KINDS, under)
    except RefusedError as error:
        return error.message
    return ""
