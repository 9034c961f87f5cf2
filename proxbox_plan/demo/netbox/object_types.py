"""`/api/core/object-types/`: which types there are, and where their objects are listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.demo.netbox.store import Store
from proxbox_plan.demo.netbox.versions import Version

PATH: Final = "/api/core/object-types/"


def page(store: Store, version: Version, query: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return all types that pass the filters `app_label` and `model`, on one page."""
    rows = [row for row in _rows(store, version) if all(row[name] in query.get(name, [row[name]]) for name in _FILTERS)]
    return {"count": len(rows), "next": None, "previous": None, "results": rows}


_FILTERS: Final = ("app_label", "model")


def _rows(store: Store, version: Version) -> Iterator[dict[str, Any]]:
    there = (model for model in MODELS.values() if store.has(model, version))
    for number, model in enumerate(there, start=1):
        app, name = model.label.split(".")
        yield {"id": number, "app_label": app, "model": name, "rest_api_endpoint": f"/api/{model.path}/"}
