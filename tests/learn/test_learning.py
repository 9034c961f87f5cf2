"""Learning: hidden rules are found whatever they look at, mistakes are exceptions, and nothing is made of chance."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxbox_plan.learn.candidates import MIN_SUPPORT
from proxbox_plan.learn.decision_list import FORGIVEN_FROM
from proxbox_plan.learn.examples import examples_of
from proxbox_plan.learn.suggest import suggest
from proxbox_plan.model.plan import Action
from proxbox_plan.model.policy import AddressRule, Rule, Targets
from proxbox_plan.model.policy.suggestion import RuleSuggestion
from proxbox_plan.model.state import Guest, Incomplete
from tests.cases import sample
from tests.examples import examples
from tests.learn.hidden import KINDS, SERVICES, Filled, Values, drawn, filled, guests, matched, usual
from tests.plan.lab import seen, unread, vm

SEEDS = [seed if seed < 3 else pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 31)]


def decisions_of(seed: int) -> Any:
    """Return what people do: of every other seed the usual, else rules drawn by lot."""
    return usual if seed % 2 else drawn(seed)


def learned_of(suggestion: RuleSuggestion) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return the conditions and values of the rules."""
    return [
        (item.rule.when.model_dump(exclude_defaults=True), item.rule.set.model_dump(exclude_defaults=True))
        for item in suggestion.rules
    ]


def untouched(made: Filled, suggestion: RuleSuggestion) -> set[int]:
    """Return the guests whose ruled values the first plan neither changes nor finds to be others."""
    plan = made.plan(*(item.rule for item in suggestion.rules))
    touched = {
        int(change.key.owner.last)
        for change in plan.changes
        if change.key is not None and change.key.sort in ("qemu", "lxc")
        for item in change.fields
        if item.field in KINDS and change.kind in ("virtual-machine", "ip-address")
    }
    kept = {int(item.address.key.owner.last) for item in plan.preserved if item.field in KINDS}
    return set(made.meant) - touched - kept


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_hidden_rules_with_mistakes_are_learned(seed: int) -> None:
    """The first plan leaves at least 95 % of the guests as they are, and every other guest is an exception."""
    made = filled(seed, count=200, decide=decisions_of(seed))
    suggestion = suggest(made.matched)
    left = untouched(made, suggestion)
    exceptions = {(int(item.address.key.last), item.key): item for item in suggestion.disagreements}
    assert suggestion.agree >= 0.95 * 200
    assert suggestion.agree == 200 - len({vmid for vmid, _ in exceptions})
    assert made.noisy <= set(exceptions)
    # Where no rule gives a value the plan has none to compare; but an address is always in a VRF or in none.
    compared = {vmid for (vmid, key), item in exceptions.items() if item.given is not None or key == "vrf"}
    assert compared == set(made.meant) - left
    assert len(suggestion.rules) <= 18


@pytest.mark.covering
@pytest.mark.parametrize("seed", [1, 2])
def test_hidden_rules_without_mistakes_are_learned_completely(seed: int) -> None:
    """No exception, and the tests show the rules."""
    suggestion = suggest(filled(seed, count=150, decide=decisions_of(seed), noise=0).matched)
    assert (suggestion.agree, suggestion.disagreements) == (150, ())
    assert all(item.support == item.guests >= MIN_SUPPORT for item in suggestion.rules)
    assert len(suggestion.tests) >= len(suggestion.rules)


@pytest.mark.slow
def test_a_large_estate_is_learned_in_seconds() -> None:
    """Two thousand guests, whatever the names; the rules are as few."""
    suggestion = suggest(filled(3, count=2000).matched)
    assert suggestion.agree >= 0.95 * 2000
    assert len(suggestion.rules) <= 18


def test_the_usual_rules_are_the_ones_people_would_write() -> None:
    """One for each role, one for each tenant; two pools with one site share a rule."""
    suggestion = suggest(filled(1, count=150, noise=0).matched)
    rules = learned_of(suggestion)
    assert ({"pool": ["sales"]}, {"tenant": "Customers"}) in rules
    assert ({"vlan": ["10", "20"]}, {"vrf": "public"}) in rules
    assert ({"node": ["pve3", "pve4"]}, {"site": "North"}) in rules
    assert ({"name": ["db-dev-*"]}, {"role": "Sandbox"}) in rules
    assert rules.index(({"name": ["db-dev-*"]}, {"role": "Sandbox"})) < rules.index(
        ({"name": ["db-*"]}, {"role": "Role db"})
    )
    assert ({"name": ["mail-*"]}, {"role": "Role mail", "platform": "Windows 2022"}) in rules


@pytest.mark.covering
def test_the_same_input_gives_the_same_rules() -> None:
    """Also when guests come in another order."""
    machines = guests(5, 80)
    first = suggest(filled(5, chosen=machines).matched)
    again = suggest(filled(5, chosen=machines).matched)
    turned = suggest(filled(5, chosen=machines[::-1]).matched)
    assert first.model_dump_json() == again.model_dump_json() == turned.model_dump_json()


@pytest.mark.parametrize("name", sample(["{0}{2}.{1}.example.com", "srv-{0}{2}-{1}", "{1}{0}{2}"]))
def test_names_without_separators(name: str) -> None:
    """What stands before a number, or at the end, is a word, too."""
    machines = []
    for guest in guests(1, 200):
        service, stage, number = str(guest.name).split("-")
        machines.append(guest.replace(name=name.format(service, stage, number), tags=(), pool=None))

    def decide(guest: Guest) -> Values:
        found = next(word for word in SERVICES if word in str(guest.name))
        return {**constant()(guest), "role": {"web": "Web", "api": "Web"}.get(found, f"Role {found}")}

    suggestion = suggest(filled(1, chosen=machines, decide=decide).matched)
    assert suggestion.agree >= 0.95 * suggestion.guests
    assert len(suggestion.rules) <= 24


def test_guests_without_a_pool() -> None:
    """That they have none is a condition, too, and the YAML of it is read back."""

    def decide(guest: Guest) -> Values:
        return {**constant()(guest), "role": "Loose" if guest.pool is None else f"Of {guest.pool}"}

    rules = learned_of(suggest(filled(1, count=60, decide=decide, noise=0).matched))
    assert ({"unless": {"pool": ["?*"]}}, {"role": "Loose"}) in rules


def constant(**values: str | None) -> Any:
    """Return people who file every guest alike."""
    return lambda _: Values({key: values.get(key) for key in KINDS} | {"site": "DC1"})


def test_what_most_have_is_a_rule_without_a_condition() -> None:
    """It comes last."""
    suggestion = suggest(filled(count=40, decide=constant(role="Server", tenant="Ops"), noise=0).matched)
    assert learned_of(suggestion) == [({}, {"role": "Server", "tenant": "Ops"})]


def test_what_the_configuration_gives_needs_no_rule() -> None:
    """Nothing is suggested where NetBox agrees already."""
    made = filled(count=40, decide=constant(role="Server", tenant="Ops"), noise=0)
    everyone = Rule(set=Targets(role="Server", tenant="Ops", platform="Linux"))
    made.world.policy = made.world.policy.replace(rules=(everyone,))
    suggestion = suggest(made.matched)
    assert (suggestion.rules, suggestion.agreed, suggestion.agree, suggestion.filled) == ((), 40, 40, 40)


def test_rules_of_the_configuration_stay() -> None:
    """What they give cannot be learned: it is an exception without a suggested rule."""
    made = filled(count=40, decide=constant(role="Server"), noise=0)
    mine = Rule.model_validate({"when": {"name": "web-*"}, "set": {"role": "Mine"}})
    made.world.policy = made.world.policy.replace(rules=(mine,))
    suggestion = suggest(made.matched)
    assert learned_of(suggestion) == [({}, {"role": "Server"})]
    names = {str(item.name).split("-")[0] for item in suggestion.unruled if item.key == "role"}
    assert names == {"web"}
    assert {(item.netbox, item.given) for item in suggestion.unruled if item.key == "role"} == {("Server", "Mine")}


def test_one_guest_is_no_rule() -> None:
    """Whatever is special about it: it is an exception."""
    alone = vm(900, name="only-one", tags=("special",), pool="special")
    machines = [*guests(3, 30), alone]

    def decide(guest: Guest) -> Values:
        return {**constant(role="Server")(guest), "role": "Odd" if guest.vmid == 900 else "Server"}

    suggestion = suggest(filled(chosen=machines, decide=decide, noise=0).matched)
    assert "Odd" not in str(learned_of(suggestion))
    assert [(item.name, item.netbox) for item in suggestion.disagreements] == [("only-one", "Odd")]


@given(st.integers(0, 10_000))
@settings(max_examples=examples(50), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_rule_without_support(seed: int) -> None:
    """Of values that are drawn by lot for each guest hardly anything is learned, and no rule has less than it needs."""
    import random  # noqa: PLC0415 # of this test alone

    pick = random.Random(seed)  # noqa: S311 # hypothesis chooses it
    suggestion = suggest(
        filled(
            seed, count=60, decide=lambda _: {**constant()(_), "role": pick.choice("ABCDEFGH"), "tenant": None}, noise=0
        ).matched
    )
    for item in suggestion.rules:
        assert item.guests >= MIN_SUPPORT
        assert item.guests - item.support <= 0.1 * item.guests + (item.guests >= FORGIVEN_FROM)
    assert len(suggestion.rules) <= 6


def test_incomplete_and_new_guests_teach_nothing() -> None:
    """They are counted; what NetBox has of them, if anything, may be of another time."""
    made = filled(2, count=30, decide=usual, noise=0)
    cluster = made.world.state.clusters[0]
    first, *rest = cluster.guests
    new = vm(999, name="web-new-01")
    made.world.state = made.world.state.remade(
        clusters=(cluster.replace(guests=(unread(first, Incomplete.NODE_OFFLINE), *rest, new)),)
    )
    suggestion = suggest(matched(made.world))
    assert (suggestion.guests, suggestion.missing, suggestion.unread) == (29, 1, 1)


def test_several_clusters() -> None:
    """What one of them has is a rule for it alone, and its tests name the cluster."""
    made = filled(1, count=30, decide=constant(role="Server"), noise=0)
    edge = [guest.replace(vmid=guest.vmid + 5000) for guest in guests(2, 30)]
    other = filled(2, chosen=edge, decide=constant(role="Edge server"), noise=0, name="edge", world=made.world)
    suggestion = suggest(matched(other.world))
    assert learned_of(suggestion) in (
        [({"cluster": ["edge"]}, {"role": "Edge server"}), ({"cluster": ["lab"]}, {"role": "Server"})],
        [({"cluster": ["lab"]}, {"role": "Server"}), ({"cluster": ["edge"]}, {"role": "Edge server"})],
    )
    assert {test.cluster for test in suggestion.tests} == {"lab", "edge"}


def test_an_address_that_is_on_nothing_tells_its_vrf() -> None:
    """The plan adopts it, once a rule says which VRF it is in."""
    made = filled(1, count=60, noise=0)
    rows = made.world.rows["ip-address"]
    for number, row in rows.items():
        rows[number] = row.replace(fields={**row.fields, "assigned_object": None})
    suggestion = suggest(made.matched)
    assert ({"vlan": ["10", "20"]}, {"vrf": "public"}) in learned_of(suggestion)
    plan = made.plan(*(item.rule for item in suggestion.rules))
    found = [change.action for change in plan.changes if str(change.address).startswith("ip-address:lab/qemu/1")]
    assert found
    assert set(found) == {Action.ADOPT}


def test_addresses_in_several_vrfs_tell_none() -> None:
    """No rule could give each its own."""
    machine = vm(900, name="two", addresses=seen(900, "10.9.0.1/24", "10.9.0.2/24"))
    made = filled(chosen=[machine], decide=constant(vrf="blue"), noise=0)
    assert [example.netbox["vrf"] for example in examples_of(made.matched, bool).guests] == ["blue"]
    rows = made.world.rows["ip-address"]
    number = max(rows)
    rows[number] = rows[number].replace(fields={**rows[number].fields, "vrf": None})
    assert ["vrf" in example.netbox for example in examples_of(made.matched, bool).guests] == [False]


def test_what_a_rule_for_addresses_puts_into_a_vrf_teaches_nothing() -> None:
    """The VRF of a guest is that of its other addresses."""
    machine = vm(900, name="two", addresses=seen(900, "10.9.0.1/24", "10.9.0.2/24"))
    made = filled(chosen=[machine], decide=constant(vrf="blue"), noise=0)
    rule = AddressRule.model_validate({"when": {"network": "10.9.0.2"}, "set": {"vrf": "red"}})
    made.world.policy = made.world.policy.replace(address_rules=(rule,))
    assert [example.netbox["vrf"] for example in examples_of(made.matched, bool).guests] == ["blue"]
    every = rule.replace(when=rule.when.replace(network=None))
    made.world.policy = made.world.policy.replace(address_rules=(every,))
    assert ["vrf" in example.netbox for example in examples_of(made.matched, bool).guests] == [False]


def test_ignored_machines_teach_nothing() -> None:
    """The plan leaves them alone."""
    made = filled(1, count=20, noise=0)
    rows = made.world.rows["virtual-machine"]
    first = min(rows)
    rows[first] = rows[first].replace(tags=("proxbox-ignore",))
    assert suggest(made.matched).guests == 19


def test_two_objects_of_one_name_cannot_be_told_apart() -> None:
    """No rule names them: its match would be ambiguous."""
    made = filled(count=20, decide=constant(role="Server"), noise=0)
    other = made.world.add("device-role", "Server", slug="server-2", vm_role=True)
    rows = made.world.rows["virtual-machine"]
    number = min(rows)
    role = made.world.ref("device-role", other.id)
    rows[number] = rows[number].replace(fields={**rows[number].fields, "role": role})
    suggestion = suggest(made.matched)
    assert "Server" not in str(learned_of(suggestion))


def test_what_is_secret_is_in_no_rule_and_no_test() -> None:
    """Neither as a value, nor as a condition, nor as a fact of a guest."""
    made = filled(1, count=60, noise=0)
    suggestion = suggest(made.matched, lambda text: text.replace("research", "***").replace("Role web", "***"))
    assert suggestion.rules
    text = suggestion.model_dump_json()
    assert "research" not in text
    assert "Role web" not in text
    assert {item.netbox for item in suggestion.disagreements if item.key == "role"} == {"***"}
