"""A plan for the terminal: grouped by cluster and kind, long creations folded, one line at the end."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.model.plan import Action, Change, FieldChange, Kept, Plan, Withheld
from proxbox_plan.model.problem import Problem
from proxbox_plan.report.style import HUES, PLAIN, Style
from proxbox_plan.report.summary import SHARED, Group, groups, unchanged_line, verdict
from proxbox_plan.report.values import harmless, shown
from proxbox_plan.report.words import GAPS, MARKERS, PROBLEMS, REASONS, kind_word

# More objects of one kind than this, created at once, are shown by their first few.
FOLD_ABOVE = 8
FOLDED_TO = 5


def plan_text(plan: Plan, *, style: Style = PLAIN, verbose: bool = False) -> str:
    """Return the whole plan as text."""
    return "\n".join(_lines(plan, style, verbose=verbose)) + "\n"


def _lines(plan: Plan, style: Style, *, verbose: bool) -> Iterator[str]:
    yield from _changes(plan, style, verbose=verbose)
    yield from _withheld(plan.withheld, style, verbose=verbose)
    yield from _kept(plan.kept, style, verbose=verbose)
    yield from _problems(plan.problems, style)
    yield from _limits(plan, style)
    unchanged = unchanged_line(plan.unchanged)
    if unchanged:
        yield style.paint(unchanged, "dim")
    yield style.paint(verdict(plan), "bold")
    if plan.changes:
        yield style.paint(f"Plan {plan.id} for {harmless(plan.binding.netbox_url)}", "dim")


def _changes(plan: Plan, style: Style, *, verbose: bool) -> Iterator[str]:
    last: object = plan  # no cluster is equal to it
    for group in groups(plan.changes):
        if group.cluster != last:
            title = SHARED if group.cluster is None else f"cluster {harmless(group.cluster)}"
            yield style.paint(title[:1].upper() + title[1:], "bold")
            last = group.cluster
        yield from _group(group, style, verbose=verbose)
        yield ""


def _group(group: Group, style: Style, *, verbose: bool) -> Iterator[str]:
    count = len(group.changes)
    yield f"  {count:,} {kind_word(group.kind, count)}"
    created = [change for change in group.changes if change.action is Action.CREATE]
    folded = not verbose and len(created) > FOLD_ABOVE
    for change in created[: FOLDED_TO if folded else None]:
        yield from _change(change, style, with_fields=not folded)
    if folded:
        yield style.paint(f"    + … and {len(created) - FOLDED_TO:,} more to create (--verbose shows them)", "dim")
    for change in group.changes:
        if change.action is not Action.CREATE:
            yield from _change(change, style, with_fields=True)


def _change(change: Change, style: Style, *, with_fields: bool) -> Iterator[str]:
    hue = HUES[change.action]
    head = style.paint(f"{MARKERS[change.action]} {harmless(change.name)}", hue)
    yield f"    {head}  {style.paint(f'({REASONS[change.reason]})', 'dim')}"
    if not with_fields:
        return
    for field in change.fields:
        line = _field(change.action, field)
        if line:
            yield f"        {line}"


def _field(action: Action, field: FieldChange) -> str:
    """Return one field's line; a creation shows what it sets, and nothing for what it leaves empty."""
    name, after = harmless(field.field), shown(field.after)
    if action is Action.CREATE:
        return f"{name}: {after}" if field.after not in (None, "", [], ()) else ""
    if action is Action.DELETE:
        return f"{name}: {shown(field.before)}"
    return f"{name}: {shown(field.before)} -> {after}"


def _withheld(withheld: tuple[Withheld, ...], style: Style, *, verbose: bool) -> Iterator[str]:
    if not withheld:
        return
    yield style.paint("Withheld, because the source was not read completely", "yellow")
    most = None if verbose else FOLD_ABOVE
    for item in withheld[:most]:
        detail = f": {harmless(item.detail)}" if item.detail else ""
        what = f"{item.action} of {kind_word(item.kind)} {harmless(item.name)}"
        yield f"    {what}  ({GAPS[item.gap]}{detail})"
    yield from _more(len(withheld), most)
    yield ""


def _kept(kept: tuple[Kept, ...], style: Style, *, verbose: bool) -> Iterator[str]:
    if not kept:
        return
    yield style.paint("Left as they are, because NetBox owns these fields", "cyan")
    most = None if verbose else FOLD_ABOVE
    for item in kept[:most]:
        values = f"NetBox {shown(item.netbox)}, Proxmox {shown(item.proxmox)}"
        yield f"    {harmless(item.name)}  {harmless(item.field)}: {values}"
    yield from _more(len(kept), most)
    yield ""


def _more(count: int, most: int | None) -> Iterator[str]:
    if most is not None and count > most:
        yield f"    … and {count - most:,} more (--verbose shows them)"


def _problems(problems: tuple[Problem, ...], style: Style) -> Iterator[str]:
    if not problems:
        return
    yield style.paint("Problems", "red")
    for problem in problems:
        yield f"    {harmless(problem.address)}: {PROBLEMS[problem.code]}: {harmless(problem.message)}"
        if problem.hint:
            yield f"        Hint: {harmless(problem.hint)}"
    yield ""


def _limits(plan: Plan, style: Style) -> Iterator[str]:
    if not plan.limits:
        return
    yield style.paint("Over a limit: apply refuses this plan", "red")
    for limit in plan.limits:
        yield f"    {harmless(limit.message)}"
    yield ""
