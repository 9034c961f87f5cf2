"""A plan as a pull-request comment: the verdict and what can hurt first, the long lists folded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import TypeVar

from proxbox_plan.model.plan import Action, Change, FieldChange, Plan
from proxbox_plan.report.escaping import code, escaped, value
from proxbox_plan.report.summary import SHARED, check_words, groups, merged, unchanged_line, verdict
from proxbox_plan.report.values import named, said
from proxbox_plan.report.words import GAPS, PROBLEMS, REASONS, counted, kind_word

T = TypeVar("T")
Row = tuple[str, ...]

# GitHub refuses a comment of more than 65,536 characters; some room is left for what CI adds.
LONGEST_COMMENT = 60_000
_ROWS = (500, 100, 30, 10, 0)


def plan_markdown(plan: Plan) -> str:
    """Return the plan as Markdown, with as many rows as fit into one comment."""
    for rows in _ROWS:
        text = _whole(plan, rows)
        if len(text) <= LONGEST_COMMENT:
            return text
    return _head(plan)


def _whole(plan: Plan, rows: int) -> str:
    parts = chain(
        [_head(plan)],
        _limits(plan),
        _deletions(plan, rows),
        _withheld(plan, rows),
        _problems(plan, rows),
        _updates(plan, rows),
        _creations(plan, rows),
        _kept(plan, rows),
        [_foot(plan)],
    )
    return "\n".join(parts)


def _head(plan: Plan) -> str:
    return f"### {escaped(verdict(plan))}\n"


def _foot(plan: Plan) -> str:
    line = f"Plan {code(plan.id)} for {code(plan.binding.netbox_url)}, NetBox {code(plan.binding.netbox_version)}."
    unchanged = unchanged_line(plan.unchanged)
    return f"{escaped(unchanged)}\n\n{line}\n" if unchanged else f"{line}\n"


def _limits(plan: Plan) -> Iterator[str]:
    for limit in plan.limits:
        yield f"> **Over a limit, apply refuses this plan:** {escaped(limit.message)}\n"
    for hit in plan.checks:
        yield f"> **{escaped(check_words(hit))}** ({len(hit.addresses):,} changes)\n"


def _deletions(plan: Plan, rows: int) -> Iterator[str]:
    gone = [change for change in merged(plan.changes) if change.action in {Action.DELETE, Action.FORGET}]
    if gone:
        cells = ((change.action.value, *_what(change), REASONS[change.reason]) for change in gone)
        yield f"#### Deleted or let go: {len(gone):,}\n"
        yield _table(("action", "kind", "object", "cluster", "why"), cells, rows, len(gone))


def _what(change: Change) -> Row:
    return kind_word(change.kind), code(named(change.name)), code(change.cluster) if change.cluster else SHARED


def _withheld(plan: Plan, rows: int) -> Iterator[str]:
    if plan.withheld:
        yield "#### Withheld: the source was not read completely\n"
        cells = (
            (item.action.value, kind_word(item.kind), code(named(item.name)), _gap(GAPS[item.gap], item.detail))
            for item in plan.withheld
        )
        yield _table(("action", "kind", "object", "why"), cells, rows, len(plan.withheld))


def _gap(words: str, detail: str) -> str:
    return f"{words}: {code(said(detail))}" if detail else words


def _problems(plan: Plan, rows: int) -> Iterator[str]:
    if plan.problems:
        yield f"#### {counted(len(plan.problems), 'problem')}\n"
        cells = (
            (PROBLEMS[problem.code], *map(code, (named(problem.address), said(problem.message), said(problem.hint))))
            for problem in plan.problems
        )
        yield _table(("problem", "object", "what", "hint"), cells, rows, len(plan.problems))


def _updates(plan: Plan, rows: int) -> Iterator[str]:
    for action, title in ((Action.UPDATE, "update"), (Action.ADOPT, "adoption")):
        changes = [change for change in merged(plan.changes) if change.action is action]
        if changes:
            cells = list(chain.from_iterable(map(_field_rows, changes)))
            header = ("kind", "object", "cluster", "why", "field", "before", "after")
            yield _folded(counted(len(changes), title), _table(header, cells, rows, len(cells)))


def _field_rows(change: Change) -> Iterator[Row]:
    about = (*_what(change), REASONS[change.reason])
    if not change.fields:
        yield (*about, "", "", "")
    for field in change.fields:
        yield (*about, *_field_cells(field))


def _field_cells(field: FieldChange) -> Row:
    return code(field.field), value(field.before), value(field.after)


def _creations(plan: Plan, rows: int) -> Iterator[str]:
    created = [change for change in merged(plan.changes) if change.action is Action.CREATE]
    if not created:
        return
    lines: list[str] = []
    for group in groups(created):
        cluster = code(group.cluster) if group.cluster else SHARED
        names = _first(group.changes, max(rows // 5, 1) if rows else 0, lambda change: code(named(change.name)))
        lines.append(f"* {cluster}: {len(group.changes):,} {kind_word(group.kind, len(group.changes))}{names}")
    yield _folded(counted(len(created), "creation"), "\n".join(lines) + "\n")


def _first(items: Sequence[T], most: int, view: Callable[[T], str]) -> str:
    names = ", ".join(view(item) for item in items[:most])
    rest = f" and {len(items) - most:,} more" if len(items) > most else ""
    return f": {names}{rest}" if names else ""


def _kept(plan: Plan, rows: int) -> Iterator[str]:
    if plan.kept:
        cells = (
            (code(named(item.address)), code(item.field), value(item.netbox), value(item.proxmox)) for item in plan.kept
        )
        table = _table(("object", "field", "NetBox", "Proxmox"), cells, rows, len(plan.kept))
        yield _folded(f"{counted(len(plan.kept), 'field')} left to NetBox", table)


def _table(header: Row, cells: Iterable[Row], most: int, count: int) -> str:
    lines = [_line(header), _line(tuple("---" for _ in header))]
    lines += [_line(row) for row, _ in zip(cells, range(most), strict=False)]
    more = f"\n… and {count - most:,} more, in the plan file.\n" if count > most else ""
    return "\n".join(lines) + "\n" + more


def _line(row: Row) -> str:
    return f"| {' | '.join(row)} |"


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n</details>\n"
