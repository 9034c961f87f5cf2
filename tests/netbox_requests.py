"""Holds requests that a fake NetBox received against the OpenAPI of a release: paths, filters and what is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from proxbox_plan.demo.netbox import FakeNetBox, RequestRecord
from proxbox_plan.model.netbox_versions import (
    CHANGELOG_MESSAGES,
    CURSOR,
    GRAPHQL_FILTERS,
    NEVER,
    OBJECT_TYPE_PATHS,
    OLDEST,
    TAG_STEPS,
    TOKEN_PERMISSIONS,
    Version,
    version_text,
)
from tests.netbox_api import Excerpt, ListPath, excerpt, takes

UNDESCRIBED: Final[Mapping[str, Version]] = {
    "/api/authentication-check/": TOKEN_PERMISSIONS.since,
    "/api/circuits/virtual-circuit-terminations/": OLDEST,
    "/api/core/object-types/": OBJECT_TYPE_PATHS.since,
    "/api/dcim/console-ports/": OLDEST,
    "/api/dcim/console-server-ports/": OLDEST,
    "/api/dcim/cooling-intakes/": (4, 7),
    "/api/dcim/cooling-outflows/": (4, 7),
    "/api/dcim/device-bays/": OLDEST,
    "/api/dcim/front-ports/": OLDEST,
    "/api/dcim/power-outlets/": OLDEST,
    "/api/dcim/power-ports/": OLDEST,
    "/api/dcim/rear-ports/": OLDEST,
    "/api/dcim/virtual-device-contexts/": OLDEST,
    "/api/extras/config-contexts/": OLDEST,
    "/api/status/": OLDEST,
    "/api/tenancy/contacts/": OLDEST,
    "/api/users/tokens/": OLDEST,
    "/graphql/": GRAPHQL_FILTERS.since,
}
"""Paths that we use and that no excerpt has, with their first version; those of relations are compared with the
documents of netbox-sdk, too."""
PLUGINS: Final = "/api/plugins/"
SINCE: Final[Mapping[str, Version]] = {"fields": OLDEST, "brief": OLDEST, "start": CURSOR.since}
"""Parameters of every list. `fields` and `brief` are older than their entry in the OpenAPI (NetBox #22303); an
older NetBox answers a list of the changelog with all fields (#21139)."""
WRITTEN_SINCE: Final[Mapping[str, Version]] = {
    "id": OLDEST,
    "changelog_message": CHANGELOG_MESSAGES.since,
    "add_tags": TAG_STEPS.since,
    "remove_tags": TAG_STEPS.since,
}
"""What a write of any list may have beside its fields."""


def hold(netbox: FakeNetBox) -> None:
    """Fail for what we asked of a fake NetBox, and a real one of its release does not have."""
    found = sorted(set(mismatches(netbox.requests, excerpt(netbox.release))))
    assert found == [], "\n".join(found)


def mismatches(requests: Iterable[RequestRecord], api: Excerpt) -> Iterator[str]:
    """Yield what a NetBox of that release does not have, of our requests that succeeded."""
    for request in requests:
        ours = request.headers.get("User-Agent", "").startswith("proxbox-plan/")
        if not ours or request.path.startswith(PLUGINS) or request.status is None or request.status >= 400:
            continue
        parts = request.path.rstrip("/").split("/")
        path = "/".join(parts[:-1] if parts[-1].isdecimal() else parts) + "/"
        found = api.lists.get(path)
        if found is None:
            if api.version < UNDESCRIBED.get(path, NEVER):
                yield f"{path}: NetBox {api.release} has no such list, or there is no excerpt of it"
        else:
            said = (*_filters(request, found, api), *_writes(request, found, api))
            yield from (f"{request.method} {path}: {text}" for text in said)


def _filters(request: RequestRecord, found: ListPath, api: Excerpt) -> Iterator[str]:
    for name, _ in parse_qsl(request.query, keep_blank_values=True):
        if name in SINCE:
            if api.version < SINCE[name]:
                yield f"parameter {name} is of NetBox {version_text(SINCE[name])}"
        elif not name.startswith("cf_") and name not in found.filters and not _is_lookup(name, found):
            yield f"no filter {name}"


def _is_lookup(name: str, found: ListPath) -> bool:
    """Whether it is a lookup that excerpts leave out: of numbers they have `__gte` and `__lte`, of texts `__isw`."""
    base, _, lookup = name.partition("__")
    like = {"gt": "gte", "lt": "gte", "ie": "isw"}.get(lookup)
    return like is not None and f"{base}__{like}" in found.filters


def _writes(request: RequestRecord, found: ListPath, api: Excerpt) -> Iterator[str]:
    bodies = request.body if isinstance(request.body, list) else [request.body]
    for body in bodies if request.method != "GET" else ():
        if isinstance(body, dict):
            yield from _body(request, body, found, api)


def _body(request: RequestRecord, body: Mapping[str, Any], found: ListPath, api: Excerpt) -> Iterator[str]:
    for name, value in body.items():
        if name in WRITTEN_SINCE:
            if api.version < WRITTEN_SINCE[name]:
                yield f"{name} is of NetBox {version_text(WRITTEN_SINCE[name])}"
        elif request.method != "DELETE":
            if name not in found.write:
                yield f"no field {name} to write"
            elif not takes(found.write[name], value):
                yield f"{name} takes no {value!r}"
    if request.method == "POST" and (missing := found.required() - body.keys()):
        yield f"lacks {sorted(missing)}"
