"""A plan as a pull-request comment: the verdict and destructive changes first, long lists folded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain

from proxbox_plan.core.listed import listed
from proxbox_plan.model.drift import Drift
from proxbox_plan.model.plan import Action, Change, FieldChange, LeftAlone, Plan
from proxbox_plan.model.problem import Problem
from proxbox_plan.report.adoption import adoption_lines
from proxbox_plan.report.along import along_words
from proxbox_plan.report.deferrals import Deferrals, by_cause, deferred_what
from proxbox_plan.report.markdown.comment import Cells, Section, comment, folded, marker, table, titled
from proxbox_plan.report.markdown.escaping import code, escaped, value
from proxbox_plan.report.messages import PROBLEMS, REASONS, counted, kind_word
from proxbox_plan.report.reasons import reason_words
from proxbox_plan.report.summary import (
    SHARED,
    check_words,
    limits_title,
    news,
    part_words,
    state_words,
    tag_words,
    unchanged_line,
    verdict,
    where_words,
)
from proxbox_plan.report.values import named, said

WHERE = "Everything is in the plan file: `proxbox show plan.json --verbose`, or as a page with `--format html`."
_VERBS = {Action.UPDATE: "updated", Action.MOVE: "moved", Action.ADOPT: "adopted", Action.CREATE: "created"}
_FIRST_FIELDS = 6


def plan_markdown(plan: Plan) -> str:
    """Return the plan as Markdown, with as many rows as fit into one comment."""
    head = f"{marker('plan', plan.clusters)}\n### {escaped(verdict(plan))}\n"
    return comment(head, partial(_parts, plan, news(plan)), where=WHERE)


def _parts(plan: Plan, changes: Sequence[Change], grave: int, other: int) -> Iterator[Section]:
    if plan.targeting:
        yield Section(f"Only {code(said(part_words(plan.targeting)))}, with what that depends on.\n")
    yield from _refusals(plan)
    yield from _adoption(plan)
    yield from _deletions(changes, grave, plan.read_at)
    yield from not_changed(plan, grave)
    yield from _counts(changes)
    for action in _VERBS:
        yield from _changes([change for change in changes if change.action is action], action, other)
    yield from _kept(plan, other)
    yield Section(_foot(plan))


def _adoption(plan: Plan) -> Iterator[Section]:
    lines = "".join(f"- {escaped(line)}\n" for line in adoption_lines(plan))
    if lines:
        yield Section(f"**Taken over from NetBox**\n\n{lines}")


def _foot(plan: Plan) -> str:
    line = f"Plan {code(plan.id)} for {code(where_words(plan.binding))}, NetBox {code(plan.binding.netbox_version)}."
    if words := state_words(plan):
        line += f"\nState of Proxmox: {code(said(words))}."
    line += f"\nChanges: {code(named(plan.changes_digest))}" if plan.changes else ""
    unchanged = unchanged_line(plan.unchanged)
    return f"{escaped(unchanged)}\n\n{line}\n" if unchanged else f"{line}\n"


def _refusals(plan: Plan) -> Iterator[Section]:
    for limit in plan.limits:
        yield Section(f"> **{limits_title(plan)}:** {escaped(said(limit.message))}\n")
    for hit in plan.checks:
        yield Section(f"> **{escaped(said(check_words(hit)))}** ({counted(len(hit.addresses), 'change')})\n")


def _deletions(changes: Sequence[Change], most: int, now: str | None) -> Iterator[Section]:
    gone = [change for change in changes if change.action in {Action.DELETE, Action.FORGET}]
    if gone:
        header = ("action", "kind", "object", "cluster", "why", "along with it")
        yield titled(f"Deleted or forgotten: {len(gone):,}", table(header, gone, partial(_deletion, now), most))


def _deletion(now: str | None, change: Change) -> Cells:
    why = reason_words(change, now)
    return change.action.value, escaped(kind_word(change.kind)), *_what(change), why, _along(change)


def _along(change: Change) -> str:
    words = along_words(change)
    return code(words) if words else ""


def _what(change: Change) -> Cells:
    return code(named(change.name)), code(named(change.cluster)) if change.cluster else SHARED


def not_changed(plan: Plan | Drift, most: int) -> Iterator[Section]:
    """Yield what the plan lists and does not change: deferred changes, problems, and what a tag protects."""
    if plan.deferred:
        title = f"Deferred, because the source is incomplete: {len(plan.deferred):,}"
        yield titled(title, table(("why", "objects", "such as"), by_cause(plan.deferred), _deferrals, most))
    if plan.problems:
        title = counted(len(plan.problems), "problem")
        yield titled(title, table(("problem", "object", "what", "hint"), plan.problems, _problem, most))
    if isinstance(plan, Plan) and plan.refused_before:
        title = f"{counted(len(plan.refused_before), 'change')} refused by NetBox before, unchanged"
        yield folded(title, table(("object", "what NetBox said"), list(plan.refused_before.items()), _refused, most))
    if plan.left_alone:
        title = f"{counted(len(plan.left_alone), 'object')} left alone because of a tag"
        yield folded(title, table(("object", "name", "tag"), plan.left_alone, _left_alone, most))


def _refused(item: tuple[str, str]) -> Cells:
    return code(named(item[0])), code(said(item[1]))


def _left_alone(item: LeftAlone) -> Cells:
    return code(named(item.address)), code(named(item.name)), escaped(tag_words(item))


def _deferrals(cause: Deferrals) -> Cells:
    words, items = cause
    return escaped(words), f"{len(items):,}", code(deferred_what(items[0]))


def _problem(problem: Problem) -> Cells:
    return PROBLEMS[problem.code], *map(code, (named(problem.address), said(problem.message), said(problem.hint)))


def _counts(changes: Sequence[Change]) -> Iterator[Section]:
    """Yield how many objects of each kind each action happens to."""
    counts = Counter((change.kind, change.action) for change in changes)
    kinds = list(dict.fromkeys(kind for kind, _ in counts))
    actions = [action for action in Action if any(action is found for _, found in counts)]
    if kinds:
        header = ("kind", *(action.value for action in actions))
        yield table(header, kinds, lambda kind: _count(kind, [counts[kind, action] for action in actions]), len(kinds))


def _count(kind: str, numbers: Sequence[int]) -> Cells:
    return escaped(kind_word(kind, 2)), *(f"{number:,}" if number else "" for number in numbers)


def _changes(changes: Sequence[Change], action: Action, most: int) -> Iterator[Section]:
    """Yield a folded table for each kind: creations a row each, updates and adoptions a row for each field."""
    kinds: dict[str, list[Change]] = {}
    for change in changes:
        kinds.setdefault(change.kind, []).append(change)
    for kind, found in kinds.items():
        title = f"{len(found):,} {escaped(kind_word(kind, len(found)))} {_VERBS[action]}"
        if action is Action.CREATE:
            yield folded(title, table(("object", "cluster", "why", "fields"), found, _creation, most))
        else:
            rows = list(chain.from_iterable(map(_fields, found)))
            header = ("object", "cluster", "why", "field", "before", "after")
            yield folded(title, table(header, rows, _field, most))


def _creation(change: Change) -> Cells:
    fields = [field for field in change.fields if field.after not in (None, "", [], (), change.name)]
    shown = listed([f"{escaped(named(field.field))} {value(field.after)}" for field in fields], _FIRST_FIELDS)
    return *_what(change), REASONS[change.reason], shown


def _fields(change: Change) -> Iterator[tuple[Change, FieldChange | None]]:
    yield from ((change, field) for field in change.fields or (None,))


def _field(item: tuple[Change, FieldChange | None]) -> Cells:
    change, field = item
    cells = (code(named(field.field)), value(field.before), value(field.after)) if field else ("", "", "")
    return *_what(change), REASONS[change.reason], *cells


def _kept(plan: Plan, most: int) -> Iterator[Section]:
    if plan.preserved:
        rows = table(
            ("object", "field", "NetBox", "Proxmox"),
            plan.preserved,
            lambda item: (code(named(item.address)), code(named(item.field)), value(item.netbox), value(item.proxmox)),
            most,
        )
        yield folded(f"{counted(len(plan.preserved), 'field')} preserved", rows)
