"""Names: of guests, as DNS and NetBox take them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from proxbox_plan.lint.coverage import unknown
from proxbox_plan.lint.estate import LintEstate, Whereabouts
from proxbox_plan.lint.rule import Defect, Doubt, RegisteredRule
from proxbox_plan.model.lint.settings import RuleSettings
from proxbox_plan.model.lint.severity import Severity

_LABEL: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?", re.ASCII)
_LONGEST: Final = 253


def not_dns(estate: LintEstate, _: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find names that no host can have in DNS."""
    for place in estate.machines:
        if doubt := unknown(place, "row"):
            yield doubt
        elif place.guest.name and (why := _why(place.guest.name)):
            yield Defect(f"Its name is no DNS name: {why}", (place.subject,))


def _why(name: str) -> str:
    if len(name) > _LONGEST:
        return f"it has {len(name)} characters, and {_LONGEST} are possible"
    bad = next((label for label in name.split(".") if not _LABEL.fullmatch(label)), None)
    if bad is None:
        return ""
    return f"{bad!r} is not made of at most 63 letters, digits and inner hyphens" if bad else "an empty part"


def duplicate(estate: LintEstate, _: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find guests of one cluster with one name; NetBox ignores case."""
    for cluster in estate.clusters:
        found: dict[str, list[Whereabouts]] = {}
        for guest in estate.of(cluster):
            place = Whereabouts(cluster, guest)
            if doubt := unknown(place, "row"):
                yield doubt
            elif guest.name:
                found.setdefault(guest.name.casefold(), []).append(place)
        for name, places in found.items():
            if len(places) > 1:
                about = tuple(place.subject for place in places)
                yield Defect("Several guests of the cluster have its name", about, name, least=2)


RULES = (
    RegisteredRule(
        "name-not-dns",
        Severity.WARNING,
        "the guest's name",
        "It cannot be a host name or a DNS record. A guest without a name of its own is called `VM 100`, which tells "
        "no one what it is.",
        "Rename the guest: letters, digits and hyphens.",
        not_dns,
    ),
    RegisteredRule(
        "duplicate-name",
        Severity.WARNING,
        "the guests' names",
        "People pick the wrong one. NetBox takes a name once in a cluster, unless the tenants differ.",
        "Rename one of them.",
        duplicate,
    ),
)
