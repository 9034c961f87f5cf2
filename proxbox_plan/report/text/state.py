"""A state for the terminal: what was collected, and what is incomplete."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from proxbox_plan.model.state import Cluster, ClusterCoverage, Coverage, Guest, Incomplete, State
from proxbox_plan.model.state.parts import incomplete_parts
from proxbox_plan.report.messages import INCOMPLETE, counted
from proxbox_plan.report.text.layout import BLANK, Line, Span, line, more, rendered
from proxbox_plan.report.text.style import PLAIN, Style
from proxbox_plan.report.values import named, said

MOST_INCOMPLETE = 12
USUAL = frozenset({Incomplete.GUEST_STOPPED, Incomplete.AGENT_DISABLED})

_INSIDE = frozenset({"addresses", "agent_os", "agent_hostname"})
_LISTS = frozenset(ClusterCoverage.model_fields) - {"status"}

Missing = tuple[str, Coverage]


def state_text(state: State, *, style: Style = PLAIN, verbose: bool = False) -> str:
    """Return the state as text."""
    return rendered(_lines(state, verbose=verbose), style)


def _lines(state: State, *, verbose: bool) -> Iterator[Line]:
    for cluster in state.clusters:
        yield from _cluster(cluster, verbose=verbose)
    yield line(Span(state_line(state), "bold"))


def state_line(state: State) -> str:
    """Return the state in one line."""
    complete = not any(any(missing_parts(cluster)) for cluster in state.clusters)
    end = "Complete." if complete else "Incomplete: nothing is deleted because of the parts listed here."
    return f"{_total(state)} {end}"


def _total(state: State) -> str:
    guests = sum(len(cluster.guests) for cluster in state.clusters)
    return f"{counted(len(state.clusters), 'cluster')}, {counted(guests, 'guest')}."


def _cluster(cluster: Cluster, *, verbose: bool) -> Iterator[Line]:
    version = f", Proxmox VE {cluster.version}" if cluster.version else ""
    yield line(Span(f"Cluster {cluster.name}{version}", "bold"))
    online = sum(node.online for node in cluster.nodes)
    yield line(f"{counted(len(cluster.nodes), 'node')}, {online} online", indent=4)
    yield line(counted(len(cluster.storages), "storage"), indent=4)
    for name, type_ in (("virtual machine", "qemu"), ("container", "lxc")):
        yield line(_guests([guest for guest in cluster.guests if guest.type == type_], name), indent=4)
    if unseen := Counter(INCOMPLETE[why] for why in map(_usual_reason, cluster.guests) if why):
        parts = ", ".join(f"{count:,} ({words})" for words, count in sorted(unseen.items()))
        yield line(Span(f"addresses inside guests not visible: {parts}", "dim"), indent=4)
    missing = list(missing_parts(cluster))
    most = len(missing) if verbose else MOST_INCOMPLETE
    for subject, coverage in missing[:most]:
        yield line(Span(f"not read: {named(subject)}: {_why(coverage)}", "yellow"), indent=4)
    yield from more(len(missing[most:]))
    yield BLANK


def _guests(guests: list[Guest], name: str) -> str:
    statuses = Counter("template" if guest.template else guest.status for guest in guests)
    parts = ", ".join(f"{count:,} {named(status)}" for status, count in sorted(statuses.items()))
    return counted(len(guests), name) + (f": {parts}" if parts else "")


def _usual_reason(guest: Guest) -> Incomplete | None:
    """Return why the addresses inside a guest are not visible, if that is its normal state and needs no fix."""
    reason = guest.coverage.addresses.reason
    return reason if reason in USUAL and guest.coverage.config.complete else None


def _is_usual(name: str, coverage: Coverage, *, is_read: bool) -> bool:
    """Whether a part is incomplete as it normally is: of a guest that is read, and does not run or has no agent."""
    return coverage.reason is Incomplete.STORAGE_DISABLED or (is_read and name in _INSIDE and coverage.reason in USUAL)


def missing_parts(cluster: Cluster) -> Iterator[Missing]:
    """Yield every requested part that is incomplete, unless that is its normal state."""
    read = {f"{guest.type}/{guest.vmid}" for guest in cluster.guests if guest.coverage.config.complete}
    for owner, name, coverage in incomplete_parts(cluster):
        if not _is_usual(name, coverage, is_read=owner in read):
            yield f"{owner} {name}" if owner else f"list of {name}" if name in _LISTS else name, coverage


def _why(coverage: Coverage) -> str:
    words = INCOMPLETE[coverage.reason] if coverage.reason else "no reason given"
    return f"{words} ({said(coverage.detail)})" if coverage.detail else words
