"""What a plan or drift lists and does not change: deferred changes, problems, and what a tag protects."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.model.drift import Drift
from proxbox_plan.model.plan import Held, LeftAlone, Plan
from proxbox_plan.model.problem import Problem
from proxbox_plan.report.deferrals import Deferrals, by_cause, deferred_what
from proxbox_plan.report.markdown.blocks import Block, Code, Words, table
from proxbox_plan.report.messages import PROBLEMS, counted
from proxbox_plan.report.summary import tag_words
from proxbox_plan.report.values import named, said

Row = tuple[Words, ...]


def not_changed(plan: Plan | Drift, most: int) -> Iterator[Block]:
    """Yield what is not changed, and why."""
    if isinstance(plan, Plan) and plan.held:
        header = ("action", "object", "name", "why")
        yield table(f"Held, and never applied: {len(plan.held):,}", header, plan.held, _held, most)
    if plan.deferred:
        title = f"Deferred, because the source is incomplete: {len(plan.deferred):,}"
        yield table(title, ("why", "objects", "such as"), by_cause(plan.deferred), _deferrals, most)
    if plan.problems:
        header = ("problem", "object", "what", "hint")
        yield table(counted(len(plan.problems), "problem"), header, plan.problems, _problem, most)
    if isinstance(plan, Plan) and plan.refused_before:
        title = f"{counted(len(plan.refused_before), 'change')} refused by NetBox before, unchanged"
        found = list(plan.refused_before.items())
        yield table(title, ("object", "what NetBox said"), found, _refused, most, folded=True)
    if plan.left_alone:
        title = f"{counted(len(plan.left_alone), 'object')} left alone because of a tag"
        yield table(title, ("object", "name", "tag"), plan.left_alone, _left_alone, most, folded=True)


def _held(item: Held) -> Row:
    change = item.change
    return change.action.value, Code(named(item.address)), Code(named(change.name)), Code(said(item.message))


def _refused(item: tuple[str, str]) -> Row:
    return Code(named(item[0])), Code(said(item[1]))


def _left_alone(item: LeftAlone) -> Row:
    return Code(named(item.address)), Code(named(item.name)), tag_words(item)


def _deferrals(cause: Deferrals) -> Row:
    words, items = cause
    return words, f"{len(items):,}", Code(deferred_what(items[0]))


def _problem(problem: Problem) -> Row:
    hint = said(problem.hint)
    return PROBLEMS[problem.code], Code(named(problem.address)), Code(said(problem.message)), Code(hint)
