"""Coverage: why a guest cannot be judged, as a doubt; what is not known is no finding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from proxbox_plan.lint.estate import LintEstate, Whereabouts
from proxbox_plan.lint.rule import Doubt, lacks
from proxbox_plan.model.lint.lint import Lacking
from proxbox_plan.model.state import Cluster

_PARTS: Final = {
    "row": "name and status",
    "pool": "pool",
    "config": "configuration",
    "addresses": "addresses inside",
    "snapshots": "snapshots",
}
_LISTS: Final = {
    "guests": "list of guests",
    "storages": "storages",
    "replications": "replication jobs",
    "backup_jobs": "backup jobs",
}


def unknown(place: Whereabouts, *parts: str) -> Doubt | None:
    """Return the doubt about the first part of a guest that is not complete: row, pool, config, ..."""
    for part in parts:
        coverage = getattr(place.guest.coverage, part)
        if not coverage.complete:
            return lacks(_PARTS[part], coverage, place.cluster.name, place.address)
    return None


def unlisted(cluster: Cluster, *lists: str) -> Doubt | None:
    """Return the doubt about the first list of a cluster that is not complete: guests, storages, ..."""
    for name in lists:
        coverage = getattr(cluster.coverage, name)
        if not coverage.complete:
            return lacks(_LISTS[name], coverage, cluster.name)
    return None


def hidden(estate: LintEstate, part: str) -> Iterator[Doubt]:
    """Yield a doubt when the state is redacted: what is hidden is the same everywhere."""
    if estate.state.redacted:
        yield Doubt(part, Lacking.REDACTED, hint="Lint the state itself, not the one that `collect --redact` wrote.")
