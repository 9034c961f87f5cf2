"""Rule evaluation: tries rules in order for one object and collects the values they set."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from proxbox_plan.model.kind import CUSTOM
from proxbox_plan.model.policy.facts import GuestFacts
from proxbox_plan.rules.conditions import CompiledCondition, ConditionInput, UnmetCondition
from proxbox_plan.rules.templates import CompiledValue, TemplateFailedError

RulePath = tuple[str | int, ...]  # path of a rule in the configuration: ("clusters", 0, "rules", 1)
TAGS = "tags"


class TemplateFailure(NamedTuple):
    """A template that failed: of which rule, for which key, and why."""

    place: RulePath
    key: str
    why: str


class RuleResult(NamedTuple):
    """Result of one rule: why it is not met (null when it is), and the keys it set."""

    place: RulePath
    miss: UnmetCondition | None
    gave: tuple[str, ...] = ()


@dataclass(slots=True)
class Evaluation:
    """Result of evaluating rules for one object: the values they set, and the keys that stay unknown."""

    values: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    unsure: set[str] = field(default_factory=set)  # keys whose value in NetBox stays as it is
    vital: set[str] = field(default_factory=set)  # those without which no object is created
    failures: list[TemplateFailure] = field(default_factory=list)
    origins: dict[str, RulePath] = field(default_factory=dict)
    steps: list[RuleResult] = field(default_factory=list)  # only for explanations

    def text(self, key: str) -> str | None:
        """Return a value; null when no rule set one."""
        return self.values.get(key)

    def after(self, other: Evaluation, keys: Collection[str]) -> Evaluation:
        """Return the same with those of `keys` from another evaluation that these rules say nothing about."""
        open_keys = set(keys) - self.values.keys() - self.unsure
        return replace(
            self,
            values=self.values | {key: other.values[key] for key in open_keys & other.values.keys()},
            origins=self.origins | {key: other.origins[key] for key in open_keys & other.origins.keys()},
            unsure=self.unsure | (open_keys & other.unsure),
            vital=self.vital | (open_keys & other.vital),
        )

    @property
    def custom_fields(self) -> dict[str, Any]:
        """Values of custom fields, by field name (`cf_owner`)."""
        return {key: value for key, value in self.values.items() if key.startswith(CUSTOM)}


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule ready to be evaluated."""

    place: RulePath
    when: CompiledCondition
    items: tuple[tuple[str, CompiledValue], ...]
    tags: tuple[CompiledValue, ...]


class Evaluator:
    """Evaluates rules for one object; its facts are computed only when a template reads them."""

    def __init__(
        self,
        subject: ConditionInput,
        facts: tuple[str, Callable[[], Any]],
        others: Mapping[str, Any],
        unknown: frozenset[str],
        *,
        explain: bool,
    ) -> None:
        """Start without values; `facts` are the root that templates read and a function that computes its content.

        What is `unknown` is of this root, and of one of the `others` where that is named: `cluster.standalone`.
        """
        self.evaluation = Evaluation()
        self._subject = subject
        self._root, self._make = facts
        self._others = others
        self._unknown = unknown
        self._unknown_facts = frozenset(name if "." in name else f"{self._root}.{name}" for name in unknown)
        self._explain = explain

    @cached_property
    def _facts(self) -> dict[str, Any]:
        return {self._root: self._make(), **self._others}

    def try_rule(self, rule: CompiledRule) -> None:
        """Set the values of a rule that no earlier rule has set."""
        if self._unknown and rule.when.keys & self._unknown:
            self._doubt(rule)
            return
        verdict = rule.when.judge(self._subject)
        if isinstance(verdict, UnmetCondition):
            if self._explain:
                self.evaluation.steps.append(RuleResult(rule.place, verdict))
            return
        gave = tuple(key for key, text in rule.items if self._take(rule, key, text, verdict))
        gave += tuple(TAGS for text in rule.tags if self._tag(rule, text, verdict))[:1]
        if self._explain:
            self.evaluation.steps.append(RuleResult(rule.place, None, gave))

    def _doubt(self, rule: CompiledRule) -> None:
        """Mark the keys of a rule unknown, because its condition cannot be evaluated."""
        keys = {key for key, _ in rule.items} | ({TAGS} if rule.tags else set())
        for key in keys - self.evaluation.values.keys():
            self._unsure(key, rule.when.keys & self._unknown)
        if self._explain:
            self.evaluation.steps.append(
                RuleResult(rule.place, UnmetCondition("its condition reads data that was not read from Proxmox"))
            )

    def _take(self, rule: CompiledRule, key: str, text: CompiledValue, groups: Mapping[str, str]) -> bool:
        evaluation = self.evaluation
        if key in evaluation.values or key in evaluation.unsure:
            return False
        value = self._rendered(rule, key, text, groups)
        if value is None or value == "":
            return False
        evaluation.values[key] = value
        evaluation.origins[key] = rule.place
        return True

    def _unsure(self, key: str, unknown: Collection[str] = ()) -> None:
        """Mark a key unknown because of what is `unknown`: what only an agent says does not keep a guest out."""
        self.evaluation.unsure.add(key)
        if not unknown or not GuestFacts.ASKED.keys() >= set(unknown):
            self.evaluation.vital.add(key)

    def _tag(self, rule: CompiledRule, text: CompiledValue, groups: Mapping[str, str]) -> bool:
        value = self._rendered(rule, TAGS, text, groups)
        if value:
            self.evaluation.tags.append(value)
            self.evaluation.origins.setdefault(TAGS, rule.place)
        return bool(value)

    def _rendered(self, rule: CompiledRule, key: str, text: CompiledValue, groups: Mapping[str, str]) -> Any:
        if text.template is None:
            return text.source
        if unknown := text.facts & self._unknown_facts:
            self._unsure(key, {fact.removeprefix(f"{self._root}.") for fact in unknown})
            return None
        try:
            return text.render({**self._facts, "match": groups})
        except TemplateFailedError as error:
            self._unsure(key)
            self.evaluation.failures.append(TemplateFailure(rule.place, key, str(error)))
            return None
