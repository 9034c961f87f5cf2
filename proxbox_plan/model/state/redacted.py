"""Redaction of a state: without notes and addresses, to be shared with others; it cannot be planned."""

from __future__ import annotations

import re
from ipaddress import ip_interface
from typing import Any

from proxbox_plan.core.redaction import HIDDEN
from proxbox_plan.model.state.state import State

_NOTES = frozenset(
    {"description", "comment", "comments", "notes", "notes_template", "alias", "search_domain", "detail"}
)
# What may be an address is tried; `UPID:pve1:0000..` and versions are none.
_CANDIDATE = re.compile(r"(?<![\w.:])(?:\d+\.\d+\.\d+\.\d+|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)(?:/\d+)?(?![\w:])")
_MAC = re.compile(r"(?<![\w:])(?:[0-9A-Fa-f]{2}[:-]){5}(?:[0-9A-Fa-f]{2}[:-]?)*(?![\w:])")


def redacted(state: State) -> State:
    """Return the state with notes and comments emptied, and IP and MAC addresses replaced by stars, wherever they are.

    It says of itself that it is redacted, so that it is never planned: what is hidden is not absent.
    """
    hidden = _hidden(state.model_dump(mode="json", include={"clusters"}), "")
    return State.make(**hidden, collected=state.collected, redacted=True)


def _hidden(value: Any, name: str) -> Any:
    match value:
        case dict():
            return {inner: _hidden(item, inner) for inner, item in value.items()}
        case list():
            return [_hidden(item, name) for item in value]
        case str():
            return "" if name in _NOTES else hide_addresses(value)
        case _:
            return value


def hide_addresses(text: str) -> str:
    """Return a text with every IP address, network and MAC address in it replaced."""
    plain = _MAC.sub(HIDDEN, text)
    return _CANDIDATE.sub(lambda found: HIDDEN if _is_address(found[0]) else found[0], plain)


def _is_address(text: str) -> bool:
    try:
        ip_interface(text)
    except ValueError:
        return False
    return True
