"""Tags: by the slug that NetBox has for them, and only on the object types they are for.

Source: `validate_assigned_tags` of NetBox 4.7. A tag that an object carries already stays on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from proxbox_plan.mapping import KINDS, TAG
from proxbox_plan.model.inventory import Row
from proxbox_plan.plan.validate.draft import Draft


def validate_tags(draft: Draft) -> None:
    """Leave tags off the objects they may not be on."""
    rows = {str(address.key): row for address, row in draft.matched.rows.items() if address.kind == TAG.name}
    blocked = {str(address.key) for address in draft.blocked if address.kind == TAG.name}
    without: dict[tuple[str, str], int] = {}
    tagged = tuple(kind.name for kind in KINDS.values() if kind.tagged)
    for wanted, row in draft.of_kind(*tagged):
        if wanted.tags is None:
            continue
        present = row.tags if row is not None else ()
        found = []
        for slug in wanted.tags:
            tag = rows.get(slug)
            if slug in blocked:
                continue
            if tag is not None and _slug(tag, slug) not in present and not _fits(tag, wanted.kind):
                without[slug, wanted.kind] = without.get((slug, wanted.kind), 0) + 1
            else:
                found.append(_slug(tag, slug))
        if tuple(found) != wanted.tags:
            draft.objects[wanted.address] = replace(wanted, tags=tuple(sorted(set(found))))
    _report(draft, rows, without)


def _report(draft: Draft, rows: Mapping[str, Row], without: Mapping[tuple[str, str], int]) -> None:
    for (slug, kind), count in without.items():
        types = ", ".join(sorted(rows[slug].fields["object_types"]))
        draft.report(
            TAG.address(slug),
            f"The tag {rows[slug].name!r} of NetBox is only for {types}: {count} "
            f"{kind.replace('-', ' ')}{' comes' if count == 1 else 's come'} without it",
            f"Add {KINDS[kind].object_type} to the tag's object types in NetBox, or rename one of the two tags.",
        )


def _slug(tag: Row | None, wanted: str) -> str:
    return str(tag.fields.get("slug") or wanted) if tag is not None else wanted


def _fits(tag: Row, kind: str) -> bool:
    types = tag.fields.get("object_types") or ()
    return not types or KINDS[kind].object_type in types
