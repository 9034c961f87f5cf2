"""Guests under other vmids than NetBox has them: each keeps its machine, and what is not known takes nothing away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.model.inventory import Lookup
from proxbox_plan.model.outcome import ChangeResult, Outcome, Result
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.policy import ClusterPolicy, Condition, Scope
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.state import ClusterCoverage, Guest, Incomplete
from proxbox_plan.plan import desire, lookups_of, match
from tests.plan.lab import container, incomplete, lab, silent, unread, vm
from tests.plan.test_found_again import MACHINE, VERSIONS, NetBox, agreed, guest, numbers, two
from tests.plan.world import World, policy, summary


def waiting(made: NetBox, address: str) -> Incomplete:
    """Return why an object is deferred; nothing of its guest is planned."""
    plan = made.plan()
    assert [change.address for change in plan.changes if change.address.key.is_under(address.partition(":")[2])] == []
    found = [item for item in plan.deferred if item.address == address]
    assert len(found) == 1
    return found[0].reason


def test_a_guest_waits_while_its_vmid_may_be_that_of_one_that_was_not_read() -> None:
    """And gets its machine as soon as that one was read."""
    made = agreed(guest("a", 100))
    made.state = lab(guest("b", 100), unread(vm(107)))
    assert waiting(made, f"{MACHINE}:lab/qemu/100") is Incomplete.UNKNOWN_STATUS
    made.again(guest("b", 100), vm(107))
    assert made.find(MACHINE, "lab/qemu/100").name == "b"


@pytest.mark.parametrize(
    "others",
    [(unread(container(107)),), (guest("a", 108), unread(vm(107)))],
    ids=["another type", "the guest was read elsewhere"],
)
def test_a_guest_does_not_wait_for_one_that_cannot_be_the_former(others: tuple[Guest, ...]) -> None:
    """A virtual machine becomes no container, and one that was read is not another one that was not."""
    made = agreed(guest("a", 100)).again(guest("b", 100), *others)
    assert made.find(MACHINE, "lab/qemu/100").name == "b"


def test_a_guest_out_of_scope_keeps_the_machine_of_its_former_vmid() -> None:
    """The problem of the one that has the vmid now says what to do."""
    made = agreed(guest("a", 100))
    made.state = lab(guest("b", 100), guest("a", 107, tags=("proxbox-ignore",)))
    plan = made.plan()
    assert plan.changes == ()
    problem = next(item for item in plan.problems if item.address == f"{MACHINE}:lab/qemu/100")
    assert (problem.code, "out of scope" in problem.message) == (ProblemCode.BLOCKED, True)


@pytest.mark.parametrize(
    ("before", "coverage"),
    [((unread(vm(100)),), {}), ((), {"coverage": ClusterCoverage(guests=incomplete())})],
    ids=["not read", "the list is cut"],
)
def test_a_guest_waits_while_it_is_not_known_who_has_its_former_vmid(
    before: tuple[Guest, ...], coverage: dict[str, Any]
) -> None:
    """It would be made a second time otherwise."""
    made = agreed(guest("a", 100))
    made.state = lab(*before, guest("a", 107), **coverage)
    waiting(made, f"{MACHINE}:lab/qemu/107")


def test_a_guest_that_may_be_out_of_scope_has_its_vmid() -> None:
    """Whether it is depends on a pool that was not read: nothing says then that its vmid is another guest's."""
    made = agreed(guest("a", 100))
    b = guest("b", 100)
    hidden = b.coverage.model_copy(update={"pool": incomplete()})
    scope = Scope(exclude=(Condition(pool="lab"),))
    made.policy = policy(ClusterPolicy(name="lab", site="DC1", scope=scope))
    made.state = lab(b.model_copy(update={"coverage": hidden}), guest("a", 107))
    waiting(made, f"{MACHINE}:lab/qemu/107")


def test_a_machine_without_our_key_is_asked_for() -> None:
    """What hangs off it would be deleted if NetBox lacked it, and stays as it is another's; it is asked by its id."""
    made = agreed(guest("a", 100), guest("z", 120))
    row = made.rewrite(MACHINE, "lab/qemu/100", key=None, last_applied=None)
    made.state = lab(guest("z", 120))
    found = made.inventory
    machines = tuple(item for item in found.kinds[MACHINE] if item.id != row.id)
    partly = found.replace(kinds={**found.kinds, MACHINE: machines})
    lookups = lookups_of(match(desire(made.state, partly, made.policy)))
    assert Lookup(MACHINE, "id", str(row.id)) in lookups
    plan = made.plan()
    assert plan.changes == ()
    assert [(item.code, item.address) for item in plan.problems] == [
        (ProblemCode.REMOVAL_STOPPED, f"{MACHINE}:lab/qemu/100")
    ]


# An apply that stopped in between

SWAP = ({100: "a", 101: "b"}, {100: "b", 101: "a"})
STOPPED = {
    "swap": SWAP,
    "ring": ({100: "a", 101: "b", 102: "c"}, {100: "c", 101: "a", 102: "b"}),
    "to a free vmid": ({100: "a", 101: "b"}, {100: "c", 101: "a", 102: "b"}),
    "one only": ({100: "a"}, {100: "b", 107: "a"}),
}


def begun(made: NetBox, plan: Plan, count: int) -> NetBox:
    """Return the NetBox after an apply of a plan that stopped after so many changes."""
    left = replace(made, rows={kind: dict(rows) for kind, rows in made.rows.items()}, ids={})
    for change in plan.changes[:count]:
        left.ids[change.address] = left._write(change, left.ids, plan)
    return left


def parts(made: World) -> dict[tuple[str, int], str]:
    """Return machines and their parts, by kind and id, with the uuid of the guest: a part is of that of its machine."""
    names = {row.id: row.fingerprint["uuid"] for row in made.rows[MACHINE].values() if row.key}
    found = {(MACHINE, number): uuid for number, uuid in names.items()}
    for kind in ("vm-interface", "virtual-disk"):
        for row in made.rows[kind].values():
            found[kind, row.id] = names[row.fields["virtual_machine"]["id"]]
    for kind in ("ip-address", "mac-address"):
        for row in made.rows.get(kind, {}).values():
            if row.fields["assigned_object"]["kind"] == "vm-interface":
                found[kind, row.id] = found["vm-interface", row.fields["assigned_object"]["id"]]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("quiet", [False, True], ids=["", "silent"])
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", STOPPED)
def test_an_apply_that_stopped_is_finished_by_the_next_plan(name: str, version: str, *, quiet: bool) -> None:
    """Wherever it stopped: each guest keeps its machine and all its parts, and has each once."""
    before, after = STOPPED[name]
    made = agreed(*(guest(letter, vmid) for vmid, letter in before.items()), version=version)
    had = parts(made)
    guests = [guest(letter, vmid) for vmid, letter in after.items()]
    kept = [silent(item) if quiet and item.name in before.values() else item for item in guests]
    made.state = lab(*kept)
    plan = made.plan()
    left = {place for place, uuid in had.items() if uuid in {item.uuid for item in guests}}
    for count in range(len(plan.changes)):
        stopped = begun(made, plan, count)
        stopped.apply()
        assert stopped.plan().changes == (), f"after {count} changes"
        found = parts(stopped)
        assert {place: found.get(place) for place in left} == {place: had[place] for place in left}, f"after {count}"
        rows = (row for row in stopped.rows[MACHINE].values() if row.key is not None and not row.key.is_retired)
        keys = {row.key: row.fingerprint["uuid"] for row in rows}
        assert keys == {f"lab/qemu/{item.vmid}": item.uuid for item in guests}, f"after {count} changes"


@pytest.mark.parametrize("version", VERSIONS)
def test_names_that_stay_with_the_vmids(version: str) -> None:
    """Keys and names change places at once: one of the two goes without both meanwhile."""
    made = agreed(guest("a", 100, name="x"), guest("b", 101, name="y"), version=version)
    had = numbers(made)
    made.state = lab(guest("b", 100, name="x"), guest("a", 101, name="y"))
    assert made.plan().problems == ()
    made.apply()
    assert made.plan().changes == ()
    assert numbers(made) == had
    assert [made.find(MACHINE, f"lab/qemu/{vmid}").name for vmid in (100, 101)] == ["x", "y"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["swap", "ring", "to a free vmid"])
def test_undo_of_guests_that_passed_their_vmids_on(name: str, version: str) -> None:
    """All have their former keys again, and the undo of that is the apply."""
    before, after = STOPPED[name]
    made = agreed(*(guest(letter, vmid) for vmid, letter in before.items()), version=version)
    keys = {kind: made.keys(kind) for kind in made.rows}
    had = numbers(made)
    made.state = lab(*(guest(letter, vmid) for vmid, letter in after.items()))
    undone = made.outcome_of_undo(made.outcome(made.plan()))
    assert numbers(made) == had
    assert {kind: made.keys(kind) for kind in made.rows} == keys
    assert made.undo(undone).problems == ()
    assert made.plan().changes == ()


def test_undo_of_an_apply_that_stopped_with_a_key_on_its_way() -> None:
    """What landed is taken back: the machine has the key that it had."""
    made = agreed(*(guest(letter, vmid) for vmid, letter in SWAP[0].items()))
    keys = made.keys(MACHINE)
    made.state = lab(*(guest(letter, vmid) for vmid, letter in SWAP[1].items()))
    plan = made.plan()
    stopped = begun(made, plan, 1)
    assert any(key.endswith("~moving") for key in stopped.keys(MACHINE))
    outcome = Outcome.make(
        plan_id=plan.id,
        plan_digest=plan.digest,
        netbox_url=plan.binding.netbox_url,
        changes=plan.changes,
        results=tuple(
            ChangeResult(
                address=change.address,
                kind=change.kind,
                action=change.action,
                name=change.name,
                result=Result.DONE if change.address in stopped.ids else Result.BLOCKED,
                netbox_id=stopped.ids.get(change.address),
            )
            for change in plan.changes
        ),
        complete=False,
    )
    assert stopped.undo(outcome).problems == ()
    assert stopped.keys(MACHINE) == keys


@pytest.mark.parametrize("how", ["not read", "the list is cut", "gone"])
def test_a_machine_on_its_way_whose_guest_is_not_seen(how: str) -> None:
    """It stays, with all that is on it, until it is known that its guest is gone."""
    made = agreed(*(guest(letter, vmid) for vmid, letter in SWAP[0].items()))
    made.state = lab(*(guest(letter, vmid) for vmid, letter in SWAP[1].items()))
    stopped = begun(made, made.plan(), 1)
    on_its_way = next(row for row in stopped.rows[MACHINE].values() if row.key is not None and row.key.is_moving)
    letter = on_its_way.name
    vmid = next(vmid for vmid, name in SWAP[1].items() if name == letter)
    others = [guest(name, number) for number, name in SWAP[1].items() if name != letter]
    coverage = {"coverage": ClusterCoverage(guests=incomplete())} if how == "the list is cut" else {}
    stopped.state = lab(*others, *((unread(vm(vmid)),) if how == "not read" else ()), **coverage)
    retired = [address for _, address, reason in summary(stopped.plan()) if reason == "parent-gone-from-proxmox"]
    assert bool(retired) is (how == "gone")
    stopped.apply()
    assert stopped.rows[MACHINE][on_its_way.id].fields["status"] == ("decommissioning" if how == "gone" else "active")


def test_guests_that_change_their_clusters_and_stopped_in_between() -> None:
    """As with those of one cluster: the next plan finishes it."""
    both = policy(ClusterPolicy(name="lab", site="DC1"), ClusterPolicy(name="other", site="DC1"))
    made = NetBox(two((guest("a", 100),), (guest("b", 100),)), both)
    made.apply()
    had = parts(made)
    made.state = two((guest("b", 100),), (guest("a", 100),))
    plan = made.plan()
    for count in range(len(plan.changes)):
        stopped = begun(made, plan, count)
        stopped.apply()
        assert stopped.plan().changes == (), f"after {count} changes"
        assert parts(stopped) == had, f"after {count} changes"


@pytest.mark.parametrize("vmid", ["100", "101"])
def test_a_part_of_a_plan_has_both_steps_of_a_key(vmid: str) -> None:
    """Of two guests that change their vmids neither has its own without the other; nothing is left on its way."""
    made = agreed(*(guest(letter, vmid) for vmid, letter in SWAP[0].items()))
    had = numbers(made)
    made.state = lab(*(guest(letter, vmid) for vmid, letter in SWAP[1].items()))
    assert {change.kind for change in made.plan(without=(f"lab/qemu/{vmid}",)).changes} <= {"ip-address"}
    made.apply(made.plan(f"lab/qemu/{vmid}"))
    assert [row.name for row in made.rows[MACHINE].values() if row.key is not None and row.key.is_moving] == []
    made.apply()
    assert numbers(made) == had
    assert made.plan().changes == ()


def test_a_guest_whose_machine_is_newer_than_the_state() -> None:
    """NetBox has its machine under another vmid, and knows better than an older state: nothing is made of it twice."""
    made = agreed(guest("a", 100))
    row = made.find(MACHINE, "lab/qemu/100")
    assert row.last_applied is not None
    made.rewrite(MACHINE, "lab/qemu/100", last_applied=replace(row.last_applied, since="2999-01-01T00:00:00Z"))
    made.state = lab(guest("b", 100), guest("a", 107)).remade(collected={"lab": "2026-11-30T00:00:00Z"})
    assert waiting(made, f"{MACHINE}:lab/qemu/107") is Incomplete.OLDER_STATE


def test_two_guests_with_the_uuid_of_a_machine_whose_vmid_is_a_containers() -> None:
    """The first has it, and the other one is a copy: its type says that the vmid is another guest's."""
    made = agreed(guest("a", 100))
    number = made.find(MACHINE, "lab/qemu/100").id
    copies = [guest("a", vmid, vmgenid=f"2222222{vmid}-0000-4000-8000-000000000000", nics=()) for vmid in (107, 108)]
    made.again(unread(container(100)), *copies)
    assert made.rows[MACHINE][number].key == "lab/qemu/107"
    assert made.plan().changes == ()
    assert "lab/qemu/108" in made.keys(MACHINE)


def test_a_nic_that_people_put_on_another_machine() -> None:
    """Nothing was applied there: it is put back, as ever."""
    made = agreed(guest("a", 100), guest("b", 101))
    number = made.find("vm-interface", "lab/qemu/100/net0").id
    other_machine = made.ref(MACHINE, made.find(MACHINE, "lab/qemu/101").id)
    made.edit("vm-interface", "lab/qemu/100/net0", virtual_machine=other_machine, name="net9")
    made.apply()
    row = made.rows["vm-interface"][number]
    assert (row.key, row.fields["virtual_machine"]["name"]) == ("lab/qemu/100/net0", "a")


def test_a_swap_of_vmids_with_another_address() -> None:
    """The machine that goes under a key of its own has a second step already, for its new primary address."""
    made = agreed(*(guest(letter, vmid) for vmid, letter in SWAP[0].items()))
    had = numbers(made)
    b = guest("b", 100)
    shown = tuple(item.model_copy(update={"address": "10.0.1.77/24"}) for item in b.addresses)
    made.again(b.model_copy(update={"addresses": shown}), guest("a", 101))
    assert made.plan().changes == ()
    assert numbers(made) == had
    assert made.find(MACHINE, "lab/qemu/100").fields["primary_ip4"]["name"] == "10.0.1.77/24"


def test_a_plan_that_leaves_a_key_on_its_way_is_refused() -> None:
    """No plan of ours has the first step alone."""
    made = agreed(*(guest(letter, vmid) for vmid, letter in SWAP[0].items()))
    made.state = lab(*(guest(letter, vmid) for vmid, letter in SWAP[1].items()))
    plan = made.plan()
    with pytest.raises(RefusedError, match="another key"):
        made.apply(plan.remade(changes=plan.changes[:1]))
