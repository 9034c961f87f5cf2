"""Guests whose vmid is free afterwards: restored under another one, or in another cluster; each keeps its machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxbox_plan.model.kind import OnMissing
from proxbox_plan.model.policy import ClusterPolicy, Condition, Scope
from proxbox_plan.model.policy.removal import removal_of
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.state import ClusterCoverage, Guest, Incomplete, State
from tests.examples import examples
from tests.plan.lab import container, incomplete, lab, nic, unread, vm
from tests.plan.test_found_again import CLONE, MACHINE, VERSIONS, NetBox, agreed, guest, two
from tests.plan.test_other_vmids import begun, parts
from tests.plan.world import policy, summary

RULES = policy(ClusterPolicy(name="lab", site="DC1"), ClusterPolicy(name="other", site="DC1"))
RESTORED = "88888888-2222-4000-8000-000000000001"  # a restore makes a new vmgenid


def removed(made: NetBox) -> list[str]:
    """Return what the next plan deletes or decommissions."""
    plan = made.plan()
    return [
        str(change.address)
        for change in plan.changes
        if change.action == "delete" or any(item.after == "decommissioning" for item in change.fields)
    ]


@pytest.mark.parametrize("deletes", [False, True], ids=["decommission", "delete"])
@pytest.mark.parametrize("vmgenid", [guest("a", 1).vmgenid, RESTORED], ids=["moved", "restored"])
def test_a_guest_under_another_vmid_while_its_own_is_free(vmgenid: str, *, deletes: bool) -> None:
    """It has its machine, with all that is on it: now that is deleted, or decommissioned, and another one is made."""
    made = agreed(
        guest("a", 100), guest("z", 120), on_missing={MACHINE: removal_of(OnMissing.DELETE)} if deletes else {}
    )
    had = parts(made)
    made.again(guest("a", 107, vmgenid=vmgenid), guest("z", 120))
    assert parts(made) == had
    assert made.find(MACHINE, "lab/qemu/107").name == "a"
    assert made.plan().changes == ()


def ct(vmid: int, number: int, **fields: Any) -> Guest:
    """Return the container of a number under a vmid: nothing but its MAC addresses tells which it is."""
    slot = nic(number, name="eth0", model="veth", addresses=(f"10.0.2.{number}/24",))
    return container(vmid, **{"name": f"ct-{number}", "nics": (slot,)} | fields)


def test_a_container_under_another_vmid_while_its_own_is_free() -> None:
    """Its MAC addresses say that it is the same."""
    made = agreed(ct(200, 1), ct(220, 2))
    number = made.find(MACHINE, "lab/lxc/200").id
    made.again(ct(207, 1), ct(220, 2))
    assert made.rows[MACHINE][number].key == "lab/lxc/207"
    assert made.plan().changes == ()


def test_a_container_that_gets_the_vmid_of_one_that_is_gone() -> None:
    """Its own is free: it takes its machine there, and the one that it finds is set apart."""
    made = agreed(ct(200, 1), ct(220, 2))
    number = made.find(MACHINE, "lab/lxc/200").id
    made.again(ct(220, 1))
    assert made.rows[MACHINE][number].key == "lab/lxc/220"
    assert made.plan().changes == ()


OTHERS = {
    "other MACs": ct(207, 1, nics=(nic(203, name="eth0", model="veth"),)),
    "a virtual machine": vm(207, uuid=None, vmgenid=None, nics=(nic(1),)),
    "a uuid": vm(207, nics=(nic(1),)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_guest_where_a_container_is_gone(name: str) -> None:
    """Nothing says that it is the same: the machine is decommissioned."""
    made = agreed(ct(200, 1), ct(220, 2))
    made.state = lab(OTHERS[name], ct(220, 2))
    assert f"{MACHINE}:lab/lxc/200" in removed(made)


def test_a_uuid_that_several_guests_have_is_no_evidence() -> None:
    """The machines of clones that kept it: a new clone is not the one that is gone."""
    clones = [guest("a", 100 + n, name=f"n{n}", vmgenid=f"{n:08d}-3333-4000-8000-0", nics=(nic(n),)) for n in range(3)]
    made = agreed(*clones[:2])
    made.state = lab(clones[0], clones[2])
    assert removed(made)[0] == f"{MACHINE}:lab/qemu/101"
    assert ("create", f"{MACHINE}:lab/qemu/102", "new-in-proxmox") in summary(made.plan())


def test_a_restored_guest_beside_its_clone() -> None:
    """Both have its uuid, and only one its MAC addresses: that is the guest."""
    clone = guest("a", 101, name="clone", vmgenid=CLONE, nics=(nic(101),), addresses=())
    made = agreed(guest("a", 100), clone)
    had = made.find(MACHINE, "lab/qemu/100").id
    made.again(guest("a", 107, vmgenid=RESTORED), clone)
    assert made.rows[MACHINE][had].key == "lab/qemu/107"
    assert made.plan().changes == ()


@pytest.mark.parametrize("deletes", [False, True], ids=["decommission", "delete"])
def test_two_guests_that_could_be_the_one(*, deletes: bool) -> None:
    """A backup was restored twice: nothing is planned of either, the machine stays, and the problem names all sides."""
    made = agreed(
        guest("a", 100), guest("z", 120), on_missing={MACHINE: removal_of(OnMissing.DELETE)} if deletes else {}
    )
    copies = [guest("a", vmid, vmgenid=f"{vmid:08d}-2222-4000-8000-000000000001") for vmid in (107, 108)]
    made.state = lab(*copies, guest("z", 120))
    plan = made.plan()
    assert plan.changes == ()
    problems = {str(item.address): item for item in plan.problems if item.code is ProblemCode.AMBIGUOUS_MATCH}
    assert set(problems) == {f"{MACHINE}:lab/qemu/107", f"{MACHINE}:lab/qemu/108"}
    message = problems[f"{MACHINE}:lab/qemu/107"].message
    assert all(part in message for part in ("'a'", "lab/qemu/107", "lab/qemu/108"))
    made.again(copies[0], guest("z", 120))
    assert made.find(MACHINE, "lab/qemu/107").name == "a"
    assert made.plan().changes == ()


def test_one_guest_that_could_be_either_of_two_that_are_gone() -> None:
    """The guest and its copy had one uuid, and both are gone: neither machine is given away or decommissioned."""
    copy = guest("a", 101, name="copy", vmgenid=CLONE)
    made = agreed(guest("a", 100), copy, guest("z", 120))
    made.state = lab(guest("a", 107, vmgenid=RESTORED), guest("z", 120))
    plan = made.plan()
    assert plan.changes == ()
    assert {item.code for item in plan.problems} >= {ProblemCode.AMBIGUOUS_MATCH}


def test_a_guest_and_its_copy_that_change_their_vmids() -> None:
    """Each keeps its machine: the vmgenid tells them apart."""
    a, copy = guest("a", 100), guest("a", 110, name="copy", vmgenid=CLONE, nics=(nic(110),), addresses=())
    made = agreed(a, copy)
    had = parts(made), {row.name: row.id for row in made.rows[MACHINE].values()}
    made.again(copy.model_copy(update={"vmid": 100}), a.model_copy(update={"vmid": 110}))
    assert (parts(made), {row.name: row.id for row in made.rows[MACHINE].values()}) == had
    assert made.plan().changes == ()


@pytest.mark.parametrize("vmid", [107, 110])
def test_a_backup_that_is_restored_where_a_guest_was(vmid: int) -> None:
    """The guest went on under another vmid, with its vmgenid: the restored one is the copy."""
    made = agreed(guest("a", 100), guest("b", 110))
    number = made.find(MACHINE, "lab/qemu/100").id
    made.again(guest("a", 100, name="copy", vmgenid=CLONE, nics=(nic(110),), addresses=()), guest("a", vmid))
    assert made.rows[MACHINE][number].key == f"lab/qemu/{vmid}"
    assert made.plan().changes == ()


def test_a_guest_under_the_vmid_of_its_copy_waits_while_its_own_is_in_doubt() -> None:
    """Its own machine may be that of the guest that was not read: it does not take over that of its copy."""
    copy = guest("a", 110, name="copy", vmgenid=CLONE, nics=(nic(110),), addresses=())
    made = agreed(guest("a", 100), copy)
    made.state = lab(unread(vm(100)), guest("a", 110))
    assert made.plan().changes == ()
    made.again(guest("b", 100), guest("a", 110))
    assert made.find(MACHINE, "lab/qemu/110").name == "a"
    assert made.plan().changes == ()


def test_a_machine_of_which_only_the_uuid_is_known() -> None:
    """It is that of the guest that has its vmid: nothing says that it is of a copy."""
    made = agreed(guest("a", 100, vmgenid=None))
    number = made.find(MACHINE, "lab/qemu/100").id
    made.again(guest("a", 100), guest("a", 110, name="copy", vmgenid=CLONE, nics=(nic(110),), addresses=()))
    assert made.rows[MACHINE][number].key == "lab/qemu/100"


def test_a_guest_that_is_rolled_back_keeps_its_machine() -> None:
    """It has another vmgenid, and its copy stays the copy."""
    copy = guest("a", 110, name="copy", vmgenid=CLONE, nics=(nic(110),), addresses=())
    made = agreed(guest("a", 100), copy)
    had = parts(made)
    made.again(guest("a", 100, vmgenid=RESTORED), copy)
    assert parts(made) == had


# What is not known takes nothing away


def elsewhere(*guests: Guest, **coverage: Any) -> State:
    """Return the two clusters after `a` left the first one, with these guests in the other."""
    state = two((guest("z", 120),), guests)
    other = state.clusters[1].model_copy(update={"coverage": ClusterCoverage(**coverage)})
    return State.make(clusters=(state.clusters[0], other))


UNKNOWN = {
    "the list is cut": elsewhere(guest("y", 300), guests=incomplete()),
    "a guest that is new there was not read": elsewhere(guest("y", 300), unread(vm(107))),
}
UNSYNCED = {
    "ignored": elsewhere(guest("y", 300), guest("a", 107, tags=("proxbox-ignore",))),
    "a template": elsewhere(guest("y", 300), guest("a", 107, template=True, status="stopped", addresses=())),
}


def left(state: State, *, deletes: bool = True) -> NetBox:
    """Return a NetBox with the guest `a` in the first cluster, which the state does not show there any more."""
    rules = RULES.model_copy(update={"on_missing": {MACHINE: removal_of(OnMissing.DELETE)}}) if deletes else RULES
    made = NetBox(two((guest("a", 100), guest("z", 120)), (guest("y", 300),)), rules)
    made.apply()
    made.state = state
    return made


@pytest.mark.parametrize("deletes", [False, True], ids=["decommission", "delete"])
@pytest.mark.parametrize("name", UNKNOWN | UNSYNCED)
def test_a_guest_that_may_be_in_another_cluster_is_not_gone(name: str, *, deletes: bool) -> None:
    """Its machine stays, with all that is on it."""
    assert removed(left((UNKNOWN | UNSYNCED)[name], deletes=deletes)) == []


def test_a_guest_that_may_be_out_of_scope_where_it_is_now() -> None:
    """That depends on a pool that was not read."""
    a = guest("a", 107)
    hidden = a.coverage.model_copy(update={"pool": incomplete()})
    made = left(elsewhere(guest("y", 300), a.model_copy(update={"coverage": hidden})))
    scope = Scope(exclude=(Condition(pool="lab"),))
    clusters = (RULES.clusters[0], ClusterPolicy(name="other", site="DC1", scope=scope))
    made.policy = made.policy.model_copy(update={"clusters": clusters})
    assert removed(made) == []


@pytest.mark.parametrize("name", UNKNOWN)
def test_the_cause_is_said(name: str) -> None:
    """One for all: what was not read of the other cluster."""
    plan = left(UNKNOWN[name]).plan()
    reasons = {(item.reason, item.detail) for item in plan.deferred if item.address.key.is_under("lab/qemu/100")}
    assert reasons <= {(Incomplete.TIMEOUT, "because of the test"), (Incomplete.UNKNOWN_STATUS, "because of the test")}
    assert len(reasons) == 1


@pytest.mark.parametrize("name", UNSYNCED)
def test_a_guest_out_of_scope_where_it_is_now(name: str) -> None:
    """The problem of its machine says where it is; deleting it in NetBox is up to people."""
    (problem,) = left(UNSYNCED[name]).plan().problems
    assert (problem.code, str(problem.address)) == (ProblemCode.OUT_OF_SCOPE, f"{MACHINE}:lab/qemu/100")
    assert "other/qemu/107" in problem.message


def test_a_copy_elsewhere_says_nothing() -> None:
    """A restored one has another vmgenid: the guest is gone, as far as is known."""
    made = left(elsewhere(guest("y", 300), guest("a", 107, vmgenid=RESTORED)), deletes=False)
    assert f"{MACHINE}:lab/qemu/100" in removed(made)


def test_what_is_not_read_there_but_has_a_machine_says_nothing() -> None:
    """It is the guest of that machine."""
    assert f"{MACHINE}:lab/qemu/100" in removed(left(elsewhere(unread(vm(300))), deletes=False))


@pytest.mark.parametrize("how", ["template", "list"])
def test_a_guest_that_another_cluster_has_or_hides_when_its_vmid_is_anothers(how: str) -> None:
    """As with one of its own cluster: nothing is deleted, and the newcomer waits."""
    made = left(two((), ()))
    there = (guest("a", 107, template=True, status="stopped", addresses=()),) if how == "template" else ()
    state = two((guest("b", 100), guest("z", 120)), (guest("y", 300), *there))
    cut = ClusterCoverage(guests=incomplete()) if how == "list" else ClusterCoverage()
    clusters = (state.clusters[0], state.clusters[1].model_copy(update={"coverage": cut}))
    made.state = State.make(clusters=clusters)
    assert removed(made) == []


# Laws

Place = tuple[str, int]

PLACES = [(cluster, vmid) for cluster in ("lab", "other") for vmid in range(100, 104)]
ESTATES = st.permutations(PLACES).map(lambda places: dict(zip("abcde", places, strict=False)))


NAMES = st.dictionaries(st.sampled_from("abcde"), st.sampled_from("abcx"))  # some have one name


def at(places: Mapping[str, Place], names: Mapping[str, str]) -> State:
    """Return the state with each guest at its place, and two that never move."""
    found = {cluster: [guest(letter, 200)] for cluster, letter in (("lab", "y"), ("other", "z"))}
    for letter, (cluster, vmid) in places.items():
        found[cluster].append(guest(letter, vmid, name=names.get(letter, letter)))
    return two(tuple(found["lab"]), tuple(found["other"]))


@pytest.mark.covering
@settings(max_examples=examples(200), deadline=None)
@given(
    before=ESTATES,
    after=ESTATES,
    gone=st.sets(st.sampled_from("abcde"), max_size=2),
    new=st.sets(st.sampled_from("abcde"), max_size=2),
    names=NAMES,
    renamed=st.none() | NAMES,
    on_missing=st.sampled_from([OnMissing.DELETE, OnMissing.DECOMMISSION]),
    version=st.sampled_from(VERSIONS),
    stop=st.integers(0, 400),
)
def test_wherever_guests_go_each_keeps_its_machine(
    before: dict[str, Place],
    after: dict[str, Place],
    gone: set[str],
    new: set[str],
    names: dict[str, str],
    renamed: dict[str, str] | None,
    on_missing: OnMissing,
    version: str,
    stop: int,
) -> None:
    """With all that is on it, in one plan; and wherever an apply of that stops, in the next one."""
    rules = RULES.model_copy(update={"on_missing": {MACHINE: removal_of(on_missing)}})
    made = NetBox(at({letter: place for letter, place in before.items() if letter not in new}, names), rules, version)
    made.apply()
    assert made.plan().changes == ()
    had = parts(made)
    left = {letter: place for letter, place in after.items() if letter not in gone}
    made.state = at(left, names if renamed is None else renamed)
    plan = made.plan()
    assert plan.problems == ()
    stopped = begun(made, plan, stop % (len(plan.changes) + 1))
    there = {item.uuid for cluster in made.state.clusters for item in cluster.guests}
    for world in (made, stopped):
        world.apply()
        assert world.plan().changes == ()
        found = parts(world)
        assert {part: found.get(part) for part, uuid in had.items() if uuid in there} == {
            part: uuid for part, uuid in had.items() if uuid in there
        }
