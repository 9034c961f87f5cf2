"""Suggests rules: learns them, and asks the rule engine what each guest gets with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from proxbox_plan.explain.mapping_tests import try_out
from proxbox_plan.learn.candidates import MIN_SUPPORT, Candidate, candidates
from proxbox_plan.learn.decision_list import DecisionList, Lesson, learned
from proxbox_plan.learn.examples import KEYS, Example, examples_of
from proxbox_plan.learn.joined import joined
from proxbox_plan.learn.mapping_examples import example_guest, expectation
from proxbox_plan.model.policy import Policy, Rule
from proxbox_plan.model.policy.mapping_test import MappingTest
from proxbox_plan.model.policy.suggestion import Disagreement, RuleSuggestion, SuggestedRule
from proxbox_plan.plan import Matched
from proxbox_plan.rules.evaluate import Evaluation
from proxbox_plan.rules.rule_book import RuleBook, rule_book

TESTED: Final = 2
"""Guests of each rule that become mapping tests."""


def suggest(matched: Matched, hide: Callable[[str], str] = str) -> RuleSuggestion:
    """Return the rules that make the first plan smallest, beside those of the policy that it was matched under.

    What the policy's own rules give stays: suggested rules are tried after them. `hide` returns a text without secrets:
    no rule and no test is made of a text that has any.
    """

    def is_secret(text: str) -> bool:
        return hide(text) != text

    examples = examples_of(matched, is_secret)
    rules = _rules(examples.guests, is_secret)
    policy = matched.estate.policy
    engine = _Engine(policy.replace(rules=(*policy.rules, *rules)), len(policy.rules), matched)
    results = [engine.result(example) for example in examples.guests]
    pairs = [(example, key) for example in examples.guests for key in example.netbox]
    agreed = [example for example in examples.guests if not _differing(example, example.given)]
    wrong: dict[int | None, list[Disagreement]] = defaultdict(list)
    for result in results:
        for key in result.wrong:
            wrong[result.rules.get(key)].append(result.disagreement(key, hide))
    return RuleSuggestion(
        guests=len(examples.guests),
        missing=examples.missing,
        unread=examples.unread,
        agreed=len(agreed),
        agree=sum(not result.wrong for result in results),
        filled=sum(example.is_filled(key) for example, key in pairs),
        rules=tuple(_suggested(number, rule, results, wrong[number]) for number, rule in enumerate(rules)),
        unruled=tuple(wrong[None]),
        tests=tuple(engine.tests(range(len(rules)), results, is_secret)),
    )


def _rules(examples: Sequence[Example], is_secret: Callable[[str], bool]) -> tuple[Rule, ...]:
    found = candidates(examples, is_secret)
    used: set[Candidate] = set()
    lists: dict[str, DecisionList] = {}
    for key in KEYS:
        lists[key] = learned(_lesson(examples, key), found, used)
        used |= {entry.candidate for entry in lists[key].entries}
    return joined(lists)


def _lesson(examples: Sequence[Example], key: str) -> Lesson:
    known = settled = 0
    having: dict[str, int] = defaultdict(int)
    for index, example in enumerate(examples):
        if example.teaches(key):
            known |= 1 << index
            name = example.netbox[key]
            if name is not None:
                having[name] |= 1 << index
            if name == example.given[key]:
                settled |= 1 << index
    return Lesson(known, {name: guests for name, guests in sorted(having.items()) if _is_shared(guests)}, settled)


def _is_shared(guests: int) -> bool:
    """Whether so many guests have a value that a rule may give it."""
    return guests.bit_count() >= MIN_SUPPORT


@dataclass(frozen=True, slots=True)
class _Result:
    """What the rule engine gives a guest, and which of the suggested rules it is from."""

    example: Example
    given: Mapping[str, str | None]
    rules: Mapping[str, int]

    @property
    def wrong(self) -> tuple[str, ...]:
        return _differing(self.example, self.given)

    def compared(self, rule: int) -> tuple[str, ...]:
        """Return the keys that a rule gives and NetBox has a value of, or must not have one."""
        netbox, fills = self.example.netbox, self.example.is_filled
        return tuple(key for key, number in self.rules.items() if number == rule and key in netbox and not fills(key))

    def disagreement(self, key: str, hide: Callable[[str], str]) -> Disagreement:
        netbox, given = self.example.netbox[key], self.given[key]
        return Disagreement(
            address=self.example.address,
            name=hide(self.example.name),
            key=key,
            netbox=None if netbox is None else hide(netbox),
            given=None if given is None else hide(given),
        )


class _Engine:
    """The suggested rules in the rule engine."""

    def __init__(self, policy: Policy, own: int, matched: Matched) -> None:
        self._policy = policy
        self._own = own
        self._books: Mapping[str, RuleBook] = {
            view.name: rule_book(policy, view.policy, view.cluster, view.wiring) for view in matched.estate.clusters
        }

    def result(self, example: Example) -> _Result:
        """Return what a guest gets."""
        evaluation = self._books[example.cluster].of_guest(example.guest)
        rules = {key: number for key in KEYS if (number := self._rule(evaluation, key)) is not None}
        given = {key: evaluation.text(key) if key in rules else example.given[key] for key in example.netbox}
        return _Result(example, given, rules)

    def _rule(self, evaluation: Evaluation, key: str) -> int | None:
        place = evaluation.origins.get(key)
        if place is None or place[0] != "rules" or not isinstance(place[1], int) or place[1] < self._own:
            return None
        return place[1] - self._own

    def tests(
        self, rules: Sequence[int], results: Sequence[_Result], is_secret: Callable[[str], bool]
    ) -> list[MappingTest]:
        """Return the mapping tests of each rule that pass, which show what it does."""
        found: list[MappingTest] = []
        several = len(self._policy.clusters) > 1
        for rule in rules:
            taught = [result for result in results if result.compared(rule)]
            right = [result for result in taught if not set(result.compared(rule)) & set(result.wrong)]
            exceptions = [result for result in taught if set(result.compared(rule)) & set(result.wrong)]
            made = [self._test(result, rule, is_secret, several=several) for result in exceptions]
            good = (self._test(result, rule, is_secret, several=several) for result in right)
            shown = [test for _, test in zip(range(TESTED), (test for test in good if test is not None), strict=False)]
            found += [*shown, *(test for test in made if test is not None)]
        return found

    def _test(
        self, result: _Result, rule: int, is_secret: Callable[[str], bool], *, several: bool
    ) -> MappingTest | None:
        """Return a test of what a rule gives a guest; null for a guest that no example can stand for."""
        example = result.example
        given = {key: result.given[key] for key in result.compared(rule)}
        guest = example_guest(example.guest, example.vlans.vids, addressed="vrf" in given)
        if guest is None or is_secret(guest.model_dump_json()):
            return None
        other = {key: example.netbox[key] for key in given if key in result.wrong}
        test = MappingTest(
            name=_test_name(example.name, given, other),
            cluster=example.cluster if several else None,
            guest=guest,
            expect=expectation(given),
        )
        return None if try_out(test, self._policy) else test


def _test_name(name: str, given: Mapping[str, str | None], other: Mapping[str, str | None]) -> str:
    if other:
        return f"{name} is an exception: NetBox has {spelled(other)}"
    return f"{name} has {spelled(given)}"


def spelled(values: Mapping[str, str | None]) -> str:
    """Return values in words: `role Web, no tenant`."""
    return ", ".join(f"no {key}" if value is None else f"{key} {value}" for key, value in values.items())


def _differing(example: Example, given: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return the keys whose value in NetBox is not the one that is given; what every plan fills is none."""
    return tuple(key for key, name in example.netbox.items() if name != given[key] and not example.is_filled(key))


def _suggested(number: int, rule: Rule, results: Sequence[_Result], wrong: Sequence[Disagreement]) -> SuggestedRule:
    guests = [result for result in results if result.compared(number)]
    support = sum(not set(result.compared(number)) & set(result.wrong) for result in guests)
    return SuggestedRule(rule=rule, guests=len(guests), support=support, exceptions=tuple(wrong))
