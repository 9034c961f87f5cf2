"""NetBox's versions in `docs/versions.md` and `README.md`: what each lacks, what that means, and how it was held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from proxbox_plan.demo.netbox.versions import RELEASES
from proxbox_plan.model.kind import FieldType
from proxbox_plan.model.netbox_versions import FEATURES, NEWEST, OLDEST, SUPPORTED, Version, version_text
from proxbox_plan.plan import KINDS
from proxbox_plan.report.messages import kind_word
from scripts.pages.tables import table

PAGE: Final = Path(__file__).parents[2] / "docs" / "versions.md"
START: Final = "<!-- Written by `./dev generate` from proxbox_plan/model/netbox_versions.py; don't edit it. -->"
END: Final = "<!-- The table of versions ends here. -->"
BY_HAND: Final = "2026-11-28"
"""When a person ran the core stories on a real NetBox of every older version; only the newest is installed in CI."""

_HEAD: Final = f"""\
{START}

# NetBox versions

proxbox-plan works with NetBox {version_text(OLDEST)} to {version_text(NEWEST)}. An older one is refused; with a newer
one `proxbox doctor` warns. What a version does not have is omitted or done another way:

"""
_LESS: Final = """\
## What is less

Each line is a change of NetBox, with its number in NetBox's release notes. With a version from before it:

"""
_HELD: Final = f"""\
## How each version is held

* **By contract.** Excerpts of the OpenAPI of {", ".join(RELEASES.values())} are in the repository. Each kind, field,
  choice, natural key, relation and permission is compared with all of them, and so is every request that a story
  sends (`tests/contract/test_versions.py`, `tests/netbox_requests.py`).
* **By an embedded NetBox.** `proxbox demo --netbox-version {version_text(OLDEST)}` is one of that version. Its
  differences come from NetBox's release notes and its source, and a test compares it with the same OpenAPI. The
  end-to-end stories run on each version in CI.
* **By a real server.** CI installs NetBox {RELEASES[NEWEST]}. On {BY_HAND} the core stories were run by hand on
  {", ".join(release for version, release in RELEASES.items() if version != NEWEST)}.
"""


def page() -> str:
    """Return docs/versions.md."""
    return "\n".join((f"{_HEAD}{_lines(_summary())}", f"{_LESS}{_lines(_changes())}", _HELD))


def placed(text: str) -> str:
    """Return README.md with its table as it should be."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{_lines(_summary()).rstrip()}\n{END}{after}"


def _lines(rows: Iterator[str]) -> str:
    return "\n".join(rows)


def _summary() -> Iterator[str]:
    rows = ((version_text(version), _tested(version), _lacking(version)) for version in sorted(SUPPORTED, reverse=True))
    yield from table(("NetBox", "Real server", "Does not have, beside the lines above"), rows)


def _tested(version: Version) -> str:
    release = RELEASES[version]
    return f"{release}, in CI" if version == NEWEST else f"{release}, by hand {BY_HAND}"


def _lacking(version: Version) -> str:
    """Return what the next version brought; what later ones brought is in the lines above."""
    names = [*_features(version), *_data(version)]
    return ", ".join(names) if names else "nothing" if version == NEWEST else "nothing more"


def _next(version: Version) -> Version:
    return version[0], version[1] + 1


def _features(version: Version) -> Iterator[str]:
    yield from (feature.name for feature in FEATURES if feature.since == _next(version))


def _data(version: Version) -> Iterator[str]:
    for kind in KINDS.values():
        if kind.since == _next(version):
            yield f"{kind_word(kind.name, 2)}"
        for field in kind.fields:
            if field.since == _next(version) and not _is_said(field.type):
                yield f"`{field.name}` of {kind_word(kind.name, 2)}"


def _is_said(type_: FieldType) -> bool:
    """Whether a field goes with what is said of another: a MAC address, or a reference to a kind."""
    return type_ in (FieldType.MAC, FieldType.REF)


def _changes() -> Iterator[str]:
    rows = [
        (feature.since, f"{feature.name} ({_link(feature.change)})", feature.without)
        for feature in sorted(FEATURES, key=lambda feature: feature.since, reverse=True)
    ]
    for version in SUPPORTED:
        rows += [(_next(version), name, "it is omitted") for name in _data(version)]
    rows.sort(key=lambda row: row[0], reverse=True)
    yield from table(("Before", "NetBox does not have", "Then"), ((version_text(v), *rest) for v, *rest in rows))


def _link(change: int) -> str:
    return f"[#{change}](https://github.com/netbox-community/netbox/issues/{change})"
