"""Learned rules as text: how well they describe NetBox, and where they do not."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.model.policy.suggestion import Disagreement, RuleSuggestion
from proxbox_plan.report.messages import counted
from proxbox_plan.report.text.layout import Line, line, rendered
from proxbox_plan.report.values import named

FOLDED = 10
"""Exceptions that are shown, unless all of them are asked for."""


def render(suggestion: RuleSuggestion, *, verbose: bool = False) -> str:
    """Return the summary of learned rules."""
    return rendered(_lines(suggestion, verbose=verbose))


def _lines(suggestion: RuleSuggestion, *, verbose: bool) -> Iterator[Line]:
    rules = counted(len(suggestion.rules), "rule")
    yield line(
        f"NetBox has {counted(suggestion.guests, 'guest')}. The configuration gives {suggestion.agreed:,} of them what "
        f"people set there; with {rules}, {suggestion.agree:,}."
    )
    if suggestion.filled:
        yield line(f"{counted(suggestion.filled, 'value')} that NetBox lacks will be filled, whatever the rules.")
    if suggestion.missing or suggestion.unread:
        yield line(
            f"Nothing is learned from {counted(suggestion.missing, 'guest')} that NetBox lacks, and "
            f"{suggestion.unread:,} that are incomplete in the state."
        )
    found = suggestion.disagreements
    if not found:
        return
    yield line(f"{counted(len(found), 'exception')}; what NetBox has stays, unless `owners` says otherwise:")
    shown = found if verbose else found[:FOLDED]
    yield from (line(f"{named(item.name)}: {differs(item)}", indent=2) for item in shown)
    if len(found) > len(shown):
        yield line(f"and {len(found) - len(shown):,} more (`proxbox rules suggest --verbose` shows them)", indent=2)


def differs(item: Disagreement) -> str:
    """Return what NetBox has of a guest, and what it would get."""
    if item.netbox is None:
        return f"no {item.key}, to be filled with {named(item.given or '')}"
    given = f"not {named(item.given)}" if item.given is not None else f"and no rule gives it a {item.key}"
    return f"{item.key} {named(item.netbox)}, {given}"
