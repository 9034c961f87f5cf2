"""A state for the terminal: what was collected, and what is incomplete."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from proxbox_plan.core.escaping import sanitized
from proxbox_plan.model.state import NOT_READ, Cluster, Coverage, Guest, Incomplete, State
from proxbox_plan.model.state.firewall import Ruleset
from proxbox_plan.report.messages import INCOMPLETE, counted
from proxbox_plan.report.text.style import PLAIN, Style
from proxbox_plan.report.values import named, said

MOST_INCOMPLETE = 12
USUAL = frozenset({Incomplete.GUEST_STOPPED, Incomplete.AGENT_DISABLED})

Missing = tuple[str, Coverage]


def state_text(state: State, *, style: Style = PLAIN, verbose: bool = False) -> str:
    """Return the state as text."""
    lines: list[str] = []
    for cluster in state.clusters:
        lines += _cluster(cluster, style, verbose=verbose)
    return "\n".join([*lines, style.paint(state_line(state), "bold")]) + "\n"


def state_line(state: State) -> str:
    """Return the state in one line."""
    complete = not any(any(incomplete_parts(cluster)) for cluster in state.clusters)
    end = "Complete." if complete else "Incomplete: nothing is deleted because of the parts listed here."
    return f"{_total(state)} {end}"


def _total(state: State) -> str:
    guests = sum(len(cluster.guests) for cluster in state.clusters)
    return f"{counted(len(state.clusters), 'cluster')}, {counted(guests, 'guest')}."


def _cluster(cluster: Cluster, style: Style, *, verbose: bool) -> Iterator[str]:
    version = f", Proxmox VE {sanitized(cluster.version)}" if cluster.version else ""
    yield style.paint(f"Cluster {sanitized(cluster.name)}{version}", "bold")
    online = sum(node.online for node in cluster.nodes)
    yield f"    {counted(len(cluster.nodes), 'node')}, {online} online"
    yield f"    {counted(len(cluster.storages), 'storage')}"
    for name, type_ in (("virtual machine", "qemu"), ("container", "lxc")):
        yield f"    {_guests([guest for guest in cluster.guests if guest.type == type_], name)}"
    if unseen := Counter(INCOMPLETE[why] for why in map(_usual_reason, cluster.guests) if why):
        parts = ", ".join(f"{count:,} ({words})" for words, count in sorted(unseen.items()))
        yield style.paint(f"    addresses inside guests not visible: {parts}", "dim")
    missing = list(incomplete_parts(cluster))
    most = len(missing) if verbose else MOST_INCOMPLETE
    for subject, coverage in missing[:most]:
        yield style.paint(f"    not read: {named(subject)}: {_why(coverage)}", "yellow")
    if len(missing) > most:
        yield f"    … and {len(missing) - most:,} more (--verbose shows them)"
    yield ""


def _guests(guests: list[Guest], name: str) -> str:
    statuses = Counter("template" if guest.template else guest.status for guest in guests)
    parts = ", ".join(f"{count:,} {named(status)}" for status, count in sorted(statuses.items()))
    return counted(len(guests), name) + (f": {parts}" if parts else "")


def _usual_reason(guest: Guest) -> Incomplete | None:
    """Return why the addresses inside a guest are not visible, if that is its normal state and needs no fix."""
    reason = guest.coverage.addresses.reason
    return reason if reason in USUAL and guest.coverage.config.complete else None


def incomplete_parts(cluster: Cluster) -> Iterator[Missing]:
    """Yield every requested sub-tree that is incomplete, unless that is its normal state."""
    for subject, coverage in _parts(cluster):
        if not coverage.complete and coverage != NOT_READ and coverage.reason is not Incomplete.STORAGE_DISABLED:
            yield subject, coverage


def _parts(cluster: Cluster) -> Iterator[Missing]:
    for name, coverage in cluster.coverage:
        yield f"list of {name}", coverage
    for storage in cluster.storages:
        yield f"backups on {storage.name}", storage.backups_coverage
    for node in cluster.nodes:
        for name, coverage in node.coverage:
            yield f"node {node.name} {name}", coverage
        yield from _firewall(f"node {node.name}", node.firewall)
    for guest in cluster.guests:
        for name, coverage in guest.coverage:
            if not (name == "addresses" and _usual_reason(guest)):
                yield f"{guest.type}/{guest.vmid} {name}", coverage
        yield from _firewall(f"{guest.type}/{guest.vmid}", guest.firewall)
    yield from _firewall("datacenter", cluster.firewall)
    if cluster.sdn is not None:
        yield "software-defined networks", cluster.sdn.coverage


def _firewall(subject: str, rules: Ruleset | None) -> Iterator[Missing]:
    if rules is not None:
        yield f"{subject} firewall", rules.coverage


def _why(coverage: Coverage) -> str:
    words = INCOMPLETE[coverage.reason] if coverage.reason else "no reason given"
    return f"{words} ({said(coverage.detail)})" if coverage.detail else words
