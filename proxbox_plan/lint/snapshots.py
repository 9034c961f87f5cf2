"""Snapshots: those that were forgotten."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.core.moment import seconds, utc
from proxbox_plan.lint.coverage import unknown
from proxbox_plan.lint.estate import LintEstate, Whereabouts
from proxbox_plan.lint.rule import Defect, Doubt, RegisteredRule
from proxbox_plan.model.lint.lint import Lacking
from proxbox_plan.model.lint.settings import OldSnapshotSettings, RuleSettings
from proxbox_plan.model.lint.severity import Severity

_DAY = 86_400


def old(estate: LintEstate, settings: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find guests with snapshots that were old when the state was collected."""
    days = settings.days if isinstance(settings, OldSnapshotSettings) else OldSnapshotSettings().days
    for cluster in estate.clusters:
        collected = estate.state.collected.get(cluster.name)
        if collected is None:
            yield Doubt(
                "time of collection",
                Lacking.TIME,
                cluster.name,
                hint="Collect the state anew: it says when it was read.",
            )
            continue
        now = seconds(collected)
        for guest in cluster.guests:
            place = Whereabouts(cluster, guest)
            if doubt := unknown(place, "row", "snapshots"):
                yield doubt
            made = sorted((one.created, one.name) for one in guest.snapshots if one.created is not None)
            if aged := [(created, name) for created, name in made if now - created >= days * _DAY]:
                created, name = aged[0]
                many = f"{len(aged)} snapshots are" if len(aged) > 1 else "1 snapshot is"
                age = (now - created) // _DAY
                message = f"{many} older than {days} days; the oldest is {name}, {age} days ({utc(created)[:10]})"
                yield Defect(message, (place.subject,))


RULES = (
    RegisteredRule(
        "old-snapshot",
        Severity.WARNING,
        "snapshots (`scope.snapshots`), and when the state was collected",
        "A snapshot keeps all that was overwritten since, so it grows and slows the disk down. It is no backup: it is "
        "lost with the disk.",
        "Remove it, or make a backup instead.",
        old,
    ),
)
