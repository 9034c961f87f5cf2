"""Holds requests that a fake NetBox received against the OpenAPI of a release: paths, filters and what is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from proxbox_plan.demo.netbox import RequestRecord
from tests.netbox_api import Excerpt, ListPath, takes

UNDESCRIBED: Final = frozenset(
    {
        "/api/authentication-check/",
        "/api/circuits/virtual-circuit-terminations/",
        "/api/dcim/console-ports/",
        "/api/dcim/console-server-ports/",
        "/api/dcim/cooling-intakes/",
        "/api/dcim/cooling-outflows/",
        "/api/dcim/device-bays/",
        "/api/dcim/front-ports/",
        "/api/dcim/power-outlets/",
        "/api/dcim/power-ports/",
        "/api/dcim/rear-ports/",
        "/api/dcim/virtual-device-contexts/",
        "/api/extras/config-contexts/",
        "/api/schema/",
        "/api/status/",
        "/api/users/tokens/",
        "/graphql/",
    }
)
"""Paths that we use and that no excerpt has. Those of relations are held against the documents of netbox-sdk."""
PLUGINS: Final = "/api/plugins/"
SINCE: Final[Mapping[str, tuple[int, int]]] = {"fields": (4, 2), "brief": (4, 2), "omit": (4, 5), "start": (4, 6)}
"""Parameters of every list. `fields` and `brief` are older than their entry in the OpenAPI (NetBox #22303); an
older NetBox answers a list of the changelog with all fields (#21139)."""
CHANGELOG_MESSAGE: Final = (4, 4)
TAG_STEPS: Final = (4, 6)


def mismatches(requests: Iterable[RequestRecord], api: Excerpt) -> Iterator[str]:
    """Yield what a NetBox of that release does not have, of the requests that succeeded."""
    for request in requests:
        if request.path.startswith(PLUGINS) or request.status is None or request.status >= 400:
            continue
        parts = request.path.rstrip("/").split("/")
        path = "/".join(parts[:-1] if parts[-1].isdecimal() else parts) + "/"
        found = api.lists.get(path)
        if found is None:
            if path not in UNDESCRIBED:
                yield f"{path}: NetBox {api.release} has no such list, or no excerpt of it"
        else:
            said = (*_filters(request, found, api), *_writes(request, found, api))
            yield from (f"{request.method} {path}: {text}" for text in said)


def _filters(request: RequestRecord, found: ListPath, api: Excerpt) -> Iterator[str]:
    for name, _ in parse_qsl(request.query, keep_blank_values=True):
        if name in SINCE:
            if api.version < SINCE[name]:
                yield f"parameter {name} is of NetBox {SINCE[name]}"
        elif not name.startswith("cf_") and name not in found.filters:
            yield f"no filter {name}"
    for names in (value for name, value in parse_qsl(request.query) if name == "fields"):
        yield from (f"no field {name} to read" for name in names.split(",") if name not in found.read)


def _writes(request: RequestRecord, found: ListPath, api: Excerpt) -> Iterator[str]:
    bodies = request.body if isinstance(request.body, list) else [request.body]
    for body in bodies if request.method != "GET" else ():
        if isinstance(body, dict):
            yield from _body(request, body, found, api)


def _body(request: RequestRecord, body: Mapping[str, Any], found: ListPath, api: Excerpt) -> Iterator[str]:
    apart = {"changelog_message": CHANGELOG_MESSAGE, "add_tags": TAG_STEPS, "remove_tags": TAG_STEPS, "id": (4, 2)}
    for name, value in body.items():
        if name in apart:
            if api.version < apart[name]:
                yield f"{name} is of NetBox {apart[name]}"
        elif request.method != "DELETE":
            if name not in found.write:
                yield f"no field {name} to write"
            elif not takes(found.write[name], value):
                yield f"{name} takes no {value!r}"
    if request.method == "POST" and (missing := found.required() - body.keys()):
        yield f"lacks {sorted(missing)}"
