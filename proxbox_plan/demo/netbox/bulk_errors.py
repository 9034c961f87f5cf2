"""How a bulk request that is not valid is refused: each object is named since NetBox 4.7, before as far as it was."""

from __future__ import annotations

from typing import Any, Final

from proxbox_plan.demo.netbox.refusal import Errors, ProtectedError, RefusalError
from proxbox_plan.demo.netbox.versions import ENTRY_ERRORS, Version

Entries = list[tuple[dict[str, Any], Errors]]
"""Of each object that is not valid: which one it is, by `index` or `id`, and its errors."""

_CREATED_ONE_BY_ONE: Final = "dcim.device"
"""The only model whose new objects an older NetBox validates one after the other."""


def refuse(version: Version, status: int, errors: Entries, total: int, what: str) -> None:
    """Refuse a request when there are errors: with all of them, or as an older NetBox with the first."""
    if not errors:
        return
    if not ENTRY_ERRORS.is_in(version):
        raise RefusalError(status, errors[0][1])
    entries = [{**where, "errors": messages} for where, messages in errors]
    raise RefusalError(status, {"detail": f"{len(errors)} of {total} objects {what}.", "errors": entries})


def refuse_created(version: Version, label: str, errors: Entries, total: int) -> None:
    """Refuse a creation; an older NetBox lists the errors of all objects, empty for the good ones."""
    if errors and not ENTRY_ERRORS.is_in(version) and label != _CREATED_ONE_BY_ONE:
        found = {where["index"]: messages for where, messages in errors}
        raise RefusalError(400, [found.get(index, {}) for index in range(total)])
    refuse(version, 400, errors, total, "could not be created")


def protected(version: Version, row_id: int, error: ProtectedError) -> Entries:
    """Return the entry of an object that others need; an older NetBox refuses the request at the first one."""
    if not ENTRY_ERRORS.is_in(version):
        raise in_use(error)
    text = f"Unable to delete: {len(error.dependents)} dependent object(s) prevent deletion."
    return [({"id": row_id}, {"__all__": [text]})]


def in_use(error: ProtectedError) -> RefusalError:
    """Return the refusal to delete one object."""
    text = f"Unable to delete object. {len(error.dependents)} dependent objects were found: "
    return RefusalError(409, {"detail": text + ", ".join(error.dependents)})
