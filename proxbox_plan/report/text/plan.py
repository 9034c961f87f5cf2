"""A plan for the terminal: whether it may be applied and what happens to the machines first, the counts at the end."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.model.plan import Deferred, Held, LeftAlone, Plan, Preserved, Units
from proxbox_plan.model.policy import CheckSeverity
from proxbox_plan.policy.approvals import Tally, elsewhere_words
from proxbox_plan.report.adoption import adoption_lines
from proxbox_plan.report.approvals import approval_rows, approvals_line
from proxbox_plan.report.deferrals import by_cause, deferred_what
from proxbox_plan.report.messages import MARKERS, counted
from proxbox_plan.report.overview.field_words import field_words, sides_words, told
from proxbox_plan.report.overview.headline import headline, refusal
from proxbox_plan.report.overview.overview import PlanOverview, overview_of
from proxbox_plan.report.summary import (
    check_words,
    limits_title,
    part_words,
    state_words,
    tag_words,
    unchanged_line,
    unsupported_lines,
    verdict,
    where_words,
)
from proxbox_plan.report.text.layout import BLANK, Line, Span, line, more, rendered, section
from proxbox_plan.report.text.machines import machine_lines
from proxbox_plan.report.text.problems import problem_lines
from proxbox_plan.report.text.style import PLAIN, Style
from proxbox_plan.report.values import named, said

FOLD_ABOVE = 6


def plan_text(plan: Plan, *, style: Style = PLAIN, verbose: bool = False, approvals: Tally | None = None) -> str:
    """Return the whole plan as text."""
    return rendered(_lines(plan, overview_of(plan), approvals, verbose=verbose), style)


def _lines(plan: Plan, overview: PlanOverview, approvals: Tally | None, *, verbose: bool) -> Iterator[Line]:
    if words := refusal(plan):
        yield line(Span(words, "red"))
    if plan.changes:
        yield line(Span(headline(plan, overview), "bold"))
        yield BLANK
    yield from _adoption(plan)
    yield from machine_lines(overview, verbose=verbose)
    yield from _held(plan.held, plan.binding.units, verbose=verbose)
    yield from _deferred(plan.deferred, verbose=verbose)
    most = None if verbose else FOLD_ABOVE
    title = Span("Preserved, because NetBox is authoritative for these fields", "cyan")
    units = plan.binding.units
    yield from section(title, plan.preserved, lambda item: _preserved(item, units), most)
    yield from section(Span("Left alone, because of a tag", "cyan"), plan.left_alone, _left_alone, most)
    yield from problem_lines(plan.problems)
    refused = list(plan.refused_before.items())
    yield from section(Span("Refused by NetBox before, unchanged", "yellow"), refused, _refused, most)
    yield from section(Span(limits_title(plan), "red"), plan.limits, lambda limit: limit.message, None)
    yield from _checks(plan)
    if approvals is not None:
        yield from _approvals(approvals)
    yield from _foot(plan, verbose=verbose)


def _foot(plan: Plan, *, verbose: bool) -> Iterator[Line]:
    dim = [*unsupported_lines(plan, verbose=verbose), unchanged_line(plan.unchanged, verbose=verbose)]
    yield from (line(Span(words, "dim")) for words in dim if words)
    yield line(Span(verdict(plan), "bold"))
    if plan.targeting and plan.changes:
        yield line(Span(f"Only {part_words(plan.targeting)}, with what that depends on", "dim"))
    if words := state_words(plan):
        yield line(Span(f"State of Proxmox: {words}", "dim"))
    if plan.changes:
        yield line(Span(f"Plan {plan.id} for {where_words(plan.binding)}", "dim"))
        yield line(Span(f"Changes: {plan.changes_digest}", "dim"))


def _adoption(plan: Plan) -> Iterator[Line]:
    lines = [line(words, indent=4) for words in adoption_lines(plan)]
    if lines:
        yield from (line(Span("Taken over from NetBox", "cyan")), *lines, BLANK)


def _held(held: tuple[Held, ...], units: Units, *, verbose: bool) -> Iterator[Line]:
    if not held:
        return
    yield line(Span("Held: shown, and never applied", "yellow"))
    most = len(held) if verbose else FOLD_ABOVE
    for item in held[:most]:
        change = item.change
        yield line(
            f"{MARKERS[change.action]} {named(item.address)}  {named(change.name)}: {said(item.message)}", indent=4
        )
        for field in told(change) if verbose else ():
            yield line(f"{field.field}: {field_words(change, field, units).text}", indent=8)
    yield from more(len(held[most:]))
    yield BLANK


def _deferred(deferred: tuple[Deferred, ...], *, verbose: bool) -> Iterator[Line]:
    if not deferred:
        return
    yield line(Span("Deferred, because the source is incomplete", "yellow"))
    causes = by_cause(deferred)
    most = len(causes) if verbose else FOLD_ABOVE
    for cause, items in causes[:most]:
        left = "is left as it is" if len(items) == 1 else "are left as they are"
        yield line(f"{cause}: {counted(len(items), 'object')} {left}", indent=4)
        yield from (line(deferred_what(item), indent=8) for item in items if verbose or len(items) == 1)
    yield from more(len(causes[most:]))
    yield BLANK


def _preserved(item: Preserved, units: Units) -> str:
    words = sides_words(item.address.kind, item.field, (item.netbox, item.proxmox), units)
    return f"{named(item.name)}  {item.field}: {words}"


def _left_alone(item: LeftAlone) -> str:
    return f"{named(item.address)}  {named(item.name)}: {tag_words(item)}"


def _refused(item: tuple[str, str]) -> str:
    address, message = item
    return f"{named(address)}: {said(message)}"


def _approvals(found: Tally) -> Iterator[Line]:
    yield line(Span(approvals_line(found), "green" if found.enough else "yellow"))
    for row in approval_rows(found):
        by = f" by {row.approver}" if row.approver else ""
        yield line(f"{row.file}{by} {row.verdict}", indent=4)
    yield from (line(words, indent=4) for words in elsewhere_words(found))
    yield BLANK


def _checks(plan: Plan) -> Iterator[Line]:
    for hit in plan.checks:
        title = Span(check_words(hit), "red" if hit.severity is CheckSeverity.DENY else "yellow")
        if hit.addresses:
            yield from section(title, hit.addresses, str, FOLD_ABOVE)
        else:
            yield from (line(title), BLANK)
