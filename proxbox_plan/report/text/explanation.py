"""An explanation as text: the values with their rules, then the rules that were tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from proxbox_plan.model.policy.explanation import Explanation
from proxbox_plan.report.text.layout import Line, line, rendered
from proxbox_plan.report.values import named, said, shown


def render(explanations: Iterable[Explanation]) -> str:
    """Return the explanations as text."""
    return "\n".join(rendered(_lines(item)) for item in explanations)


def _lines(item: Explanation) -> Iterator[Line]:
    yield line(f"{named(item.name)} ({named(item.address)})")
    if item.in_scope is None:
        yield line("left alone: `scope` of its cluster reads data that was not read from Proxmox", indent=2)
        return
    if not item.in_scope:
        yield line("out of scope: excluded by `scope` of its cluster in the configuration", indent=2)
        return
    width = max((len(value.key) for value in item.values), default=0)
    for value in item.values:
        origin = f"{named(value.origin)}, " if value.origin else "default: "
        yield line(f"{value.key:{width}}  {shown(value.value)}  ({origin}{said(value.why)})", indent=2)
    if item.tried:
        yield line("Rules, in the order they are tried:", indent=2)
    for tried in item.tried:
        gave = f"gives {', '.join(tried.gave)}" if tried.gave else "sets nothing, because earlier rules set its values"
        words = gave if tried.met else f"no: {said(tried.miss)}"
        yield line(f"{named(tried.origin)} {named(tried.rule)}: {words}", indent=4)
