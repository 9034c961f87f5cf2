"""A plan for the terminal: grouped by cluster and kind, with many creations folded, and a summary line at the end."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.core.escaping import sanitized
from proxbox_plan.model.plan import Action, Change, Deferred, FieldChange, LeftAlone, Plan, Preserved
from proxbox_plan.model.policy import CheckSeverity
from proxbox_plan.model.problem import Problem
from proxbox_plan.report.adoption import adoption_lines
from proxbox_plan.report.along import along_words
from proxbox_plan.report.deferrals import by_cause, deferred_what
from proxbox_plan.report.messages import MARKERS, PROBLEMS, counted, kind_word
from proxbox_plan.report.reasons import reason_words
from proxbox_plan.report.summary import (
    SHARED,
    Group,
    check_words,
    groups,
    limits_title,
    news,
    part_words,
    state_words,
    tag_words,
    unchanged_line,
    unsupported_lines,
    verdict,
    where_words,
)
from proxbox_plan.report.text.style import HUES, PLAIN, Style
from proxbox_plan.report.values import named, said, shown

# A plan that creates more objects than this shows only their names, and of each kind the first few.
NAMES_ONLY_ABOVE = 12
FOLD_ABOVE = 6


def plan_text(plan: Plan, *, style: Style = PLAIN, verbose: bool = False) -> str:
    """Return the whole plan as text."""
    return "\n".join(_lines(plan, style, verbose=verbose)) + "\n"


def _lines(plan: Plan, style: Style, *, verbose: bool) -> Iterator[str]:
    yield from _adoption(plan, style)
    yield from _changes(plan, style, verbose=verbose)
    yield from _deferred(plan.deferred, style, verbose=verbose)
    yield from _kept(plan.preserved, style, verbose=verbose)
    yield from _left_alone(plan.left_alone, style, verbose=verbose)
    yield from _problems(plan.problems, style)
    yield from _refused(plan, style, verbose=verbose)
    yield from _limits(plan, style)
    yield from _checks(plan, style)
    yield from (style.paint(line, "dim") for line in unsupported_lines(plan, verbose=verbose))
    unchanged = unchanged_line(plan.unchanged, verbose=verbose)
    if unchanged:
        yield style.paint(unchanged, "dim")
    yield style.paint(sanitized(verdict(plan)), "bold")
    if plan.targeting and plan.changes:
        yield style.paint(f"Only {sanitized(part_words(plan.targeting))}, with what that depends on", "dim")
    if words := state_words(plan):
        yield style.paint(f"State of Proxmox: {sanitized(words)}", "dim")
    if plan.changes:
        hint = "" if verbose or len(plan.changes) <= NAMES_ONLY_ABOVE else " (--verbose shows every field)"
        yield style.paint(f"Plan {plan.id} for {sanitized(where_words(plan.binding))}{hint}", "dim")
        yield style.paint(f"Changes: {sanitized(plan.changes_digest)}", "dim")


def _adoption(plan: Plan, style: Style) -> Iterator[str]:
    lines = [f"    {line}" for line in adoption_lines(plan)]
    if lines:
        yield style.paint("Taken over from NetBox", "cyan")
        yield from lines
        yield ""


def _changes(plan: Plan, style: Style, *, verbose: bool) -> Iterator[str]:
    changes = news(plan)
    names_only = not verbose and sum(change.action is Action.CREATE for change in changes) > NAMES_ONLY_ABOVE
    last: object = plan  # no cluster is equal to it
    for group in groups(changes):
        if group.cluster != last:
            title = SHARED if group.cluster is None else f"cluster {sanitized(group.cluster)}"
            yield style.paint(title[:1].upper() + title[1:], "bold")
            last = group.cluster
        yield from _group(group, style, plan.read_at, names_only=names_only, verbose=verbose)
    if changes:
        yield ""


def _group(group: Group, style: Style, now: str | None, *, names_only: bool, verbose: bool) -> Iterator[str]:
    count = len(group.changes)
    created = [change for change in group.changes if change.action is Action.CREATE]
    rest = [change for change in group.changes if change.action is not Action.CREATE]
    title = f"  {count:,} {kind_word(group.kind, count)}"
    if names_only and created:
        names = ", ".join(shown(change.name, longest=40) for change in created[:FOLD_ABOVE])
        more = f" and {len(created) - FOLD_ABOVE:,} more" if len(created) > FOLD_ABOVE else ""
        title += style.paint(f"  + {names}{more}", HUES[Action.CREATE])
        created = []
    yield title
    for change in (*created, *rest):
        yield from _change(change, style, now, with_fields=verbose or change.action is not Action.DELETE)


def _change(change: Change, style: Style, now: str | None, *, with_fields: bool) -> Iterator[str]:
    hue = HUES[change.action]
    head = style.paint(f"{MARKERS[change.action]} {named(change.name)}", hue)
    yield f"    {head}  {style.paint(f'({reason_words(change, now)})', 'dim')}"
    if along := along_words(change):
        yield f"        {along}"
    for field in change.fields if with_fields else ():
        line = _field(change.action, field)
        if line:
            yield f"        {line}"


def _field(action: Action, field: FieldChange) -> str:
    """Return one field's line; a creation shows what it sets, and nothing for what it leaves empty."""
    name, after = sanitized(field.field), shown(field.after)
    if action is Action.CREATE:
        return f"{name}: {after}" if field.after not in (None, "", [], ()) else ""
    if action is Action.DELETE:
        return f"{name}: {shown(field.before)}"
    return f"{name}: {shown(field.before)} -> {after}"


def _deferred(deferred: tuple[Deferred, ...], style: Style, *, verbose: bool) -> Iterator[str]:
    if not deferred:
        return
    yield style.paint("Deferred, because the source is incomplete", "yellow")
    causes = by_cause(deferred)
    most = None if verbose else FOLD_ABOVE
    for cause, items in causes[:most]:
        left = "is left as it is" if len(items) == 1 else "are left as they are"
        yield f"    {cause}: {counted(len(items), 'object')} {left}"
        for item in items if verbose or len(items) == 1 else ():
            yield f"        {deferred_what(item)}"
    yield from _more(len(causes), most)
    yield ""


def _kept(kept: tuple[Preserved, ...], style: Style, *, verbose: bool) -> Iterator[str]:
    if not kept:
        return
    yield style.paint("Preserved, because NetBox is authoritative for these fields", "cyan")
    most = None if verbose else FOLD_ABOVE
    for item in kept[:most]:
        values = f"NetBox {shown(item.netbox)}, Proxmox {shown(item.proxmox)}"
        yield f"    {named(item.name)}  {sanitized(item.field)}: {values}"
    yield from _more(len(kept), most)
    yield ""


def _left_alone(items: tuple[LeftAlone, ...], style: Style, *, verbose: bool) -> Iterator[str]:
    if not items:
        return
    yield style.paint("Left alone, because of a tag", "cyan")
    most = None if verbose else FOLD_ABOVE
    for item in items[:most]:
        yield f"    {named(item.address)}  {named(item.name)}: {tag_words(item)}"
    yield from _more(len(items), most)
    yield ""


def _more(count: int, most: int | None) -> Iterator[str]:
    if most is not None and count > most:
        yield f"    … and {count - most:,} more (--verbose shows them)"


def _problems(problems: tuple[Problem, ...], style: Style) -> Iterator[str]:
    if not problems:
        return
    yield style.paint("Problems", "red")
    for problem in problems:
        yield f"    {named(problem.address)}: {PROBLEMS[problem.code]}: {said(problem.message)}"
        if problem.hint:
            yield f"        Hint: {said(problem.hint)}"
    yield ""


def _refused(plan: Plan, style: Style, *, verbose: bool) -> Iterator[str]:
    if not plan.refused_before:
        return
    yield style.paint("Refused by NetBox before, unchanged", "yellow")
    most = None if verbose else FOLD_ABOVE
    for address, message in list(plan.refused_before.items())[:most]:
        yield f"    {named(address)}: {said(message)}"
    yield from _more(len(plan.refused_before), most)
    yield ""


def _limits(plan: Plan, style: Style) -> Iterator[str]:
    if not plan.limits:
        return
    yield style.paint(limits_title(plan), "red")
    for limit in plan.limits:
        yield f"    {sanitized(limit.message)}"
    yield ""


def _checks(plan: Plan, style: Style) -> Iterator[str]:
    for hit in plan.checks:
        yield style.paint(sanitized(check_words(hit)), "red" if hit.severity is CheckSeverity.DENY else "yellow")
        for address in hit.addresses[:FOLD_ABOVE]:
            yield f"    {sanitized(address)}"
        yield from _more(len(hit.addresses), FOLD_ABOVE)
        yield ""
