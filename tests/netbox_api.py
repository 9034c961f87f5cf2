"""What each version of NetBox says of its own API: excerpts of its OpenAPI, for the paths that we use.

`tests/data/netbox-api/RELEASE.json.xz` has per list path the fields it answers (`read`), those it takes (`write`),
its filters without most lookups, and the methods of bulk requests; null for a path that this NetBox does not have.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "data" / "netbox-api"
RELEASES = tuple(sorted(path.name.removesuffix(".json.xz") for path in FOLDER.glob("*.json.xz")))
Shape = Mapping[str, Any]


@dataclass(frozen=True)
class ListPath:
    """One list of the API."""

    filters: frozenset[str]
    read: Mapping[str, Shape]
    write: Mapping[str, Shape]
    bulk: frozenset[str]

    def required(self) -> set[str]:
        """Return the fields without which NetBox refuses a new object."""
        return {name for name, shape in self.write.items() if shape.get("required")}


@dataclass(frozen=True)
class Excerpt:
    """The API of one release; a path of `lists` is null where this NetBox does not have it."""

    release: str
    lists: Mapping[str, ListPath | None]

    @property
    def version(self) -> tuple[int, int]:
        """Major and minor version."""
        return version_of(self.release)


@cache
def excerpt(release: str) -> Excerpt:
    """Return the excerpt of one release."""
    document = json.loads(lzma.decompress((FOLDER / f"{release}.json.xz").read_bytes()))
    return Excerpt(release, {path: _list(found) for path, found in document["paths"].items()})


def excerpt_of(version: tuple[int, int]) -> Excerpt:
    """Return the excerpt of the release of a version."""
    return excerpt(next(release for release in RELEASES if version_of(release) == version))


def version_of(release: str) -> tuple[int, int]:
    """Return major and minor version of a release."""
    major, minor = release.split(".")[:2]
    return int(major), int(minor)


def _list(found: Mapping[str, Any] | None) -> ListPath | None:
    if found is None:
        return None
    return ListPath(
        frozenset(found["filters"]), found["read"], found.get("write", {}), frozenset(found.get("bulk", ()))
    )


def takes(shape: Shape, value: Any) -> bool:  # noqa: PLR0911 # one answer per type
    """Whether NetBox takes a value in a field of this shape, as far as the OpenAPI says."""
    if value is None:
        return bool(shape.get("nullable")) or "type" not in shape
    if "any" in shape:
        return any(takes(one, value) for one in shape["any"])
    if "enum" in shape and value not in shape["enum"]:
        return False
    match shape.get("type"):
        case "string":
            return isinstance(value, str) and len(value) <= shape.get("maxLength", len(value))
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool) and _within(shape, value)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool) and _within(shape, value)
        case "boolean":
            return isinstance(value, bool)
        case "array":
            return isinstance(value, list) and all(takes(shape.get("items", {}), item) for item in value)
        case "object":
            return isinstance(value, dict)
    return True


def _within(shape: Shape, value: float) -> bool:
    return bool(shape.get("minimum", value) <= value <= shape.get("maximum", value))
