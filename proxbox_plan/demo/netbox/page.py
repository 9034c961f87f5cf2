"""The web page of the fake NetBox: its objects as plain tables."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

from proxbox_plan.demo.netbox.display import display
from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.demo.netbox.schema.fields import Model
from proxbox_plan.demo.netbox.store import Store, StoredRow, Table

SHOWN_ROWS = 200
HIDDEN_FIELDS = frozenset({"created", "last_updated", "comments", "prechange_data", "postchange_data"})
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem;
  color: #1c2733; background: #f6f8fa }
h1 { font-size: 1.4rem } h1 small { font-weight: normal; color: #5b6b7b }
details { background: #fff; border: 1px solid #d8dee4; border-radius: 6px; margin: .5rem 0; overflow-x: auto }
summary { cursor: pointer; padding: .5rem .9rem; font-weight: 600 } summary span { color: #5b6b7b; font-weight: 400 }
table { border-collapse: collapse; width: 100%; font-size: 13px }
th, td { text-align: left; padding: .25rem .9rem; border-top: 1px solid #eaeef2; vertical-align: top }
th { color: #5b6b7b; font-weight: 500 }
"""


def page(store: Store, version: str) -> str:
    """Return the page as HTML."""
    sections = "".join(_section(store, store.tables[label]) for label in MODELS if store.tables[label].rows)
    empty = "<p>Nothing here yet.</p>"
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Demo NetBox</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body>"
        f"<h1>Demo NetBox <small>{escape(version)}, in memory; it forgets everything when it stops</small></h1>"
        f"{sections or empty}</body></html>"
    )


def _section(store: Store, table: Table) -> str:
    fields = [f.name for f in table.model.stored if f.name not in HIDDEN_FIELDS]
    rows = list(table.rows.items())
    # Only columns that say something for at least one row, so that a wide model stays readable.
    used = [name for name in fields if any(row[name] not in (None, "", (), {}, False) for _, row in rows)]
    head = "".join(f"<th>{escape(name)}</th>" for name in ("id", *used))
    body = "".join(_line(store, table.model, row_id, row, used) for row_id, row in rows[-SHOWN_ROWS:])
    more = f", the newest {SHOWN_ROWS} shown" if len(rows) > SHOWN_ROWS else ""
    opened = " open" if table.model.label == "virtualization.virtualmachine" else ""
    return (
        f"<details{opened}><summary>{escape(table.model.path)} <span>{len(rows)}{more}</span></summary>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></details>"
    )


def _line(store: Store, model: Model, row_id: int, row: StoredRow, names: list[str]) -> str:
    cells = "".join(f"<td>{escape(_text(store, model, name, row[name]))}</td>" for name in names)
    return f"<tr><td>{row_id}</td>{cells}</tr>"


def _text(store: Store, model: Model, name: str, value: Any) -> str:  # noqa: PLR0911
    field = model.by_name[name]
    match value:
        case None:
            return ""
        case int() if field.kind == "ref":
            return display(store, field.to, value, store.row(field.to, value))
        case tuple() if field.kind in {"tags", "refs"}:
            target = "extras.tag" if field.kind == "tags" else field.to
            return ", ".join(display(store, target, one, store.row(target, one)) for one in value)
        case tuple():
            return ", ".join(str(one) for one in value)
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S")
        case _ if field.kind == "custom_fields":
            return ", ".join(f"{key}={entry}" for key, entry in value.items() if entry not in (None, ""))
    return str(value)
