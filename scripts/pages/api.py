"""The generated part of docs/api.md: every public name, with the first sentence of its docstring."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Final

from proxbox_plan import api

PAGE: Final = Path(__file__).parents[2] / "docs" / "api.md"
_MARK: Final = "<!-- Written by `./dev generate` from proxbox_plan/api; don't edit it. -->"

_ALIASES: Final = {
    "Event": "Any of the events.",
    "Listener": "What is called with each event.",
    "Subject": "What a report is about: a document, a difference, a trend.",
}


def page() -> str:
    """Return the page with its table of names written anew."""
    head, mark, _ = PAGE.read_text(encoding="utf-8").partition(_MARK)
    rows = "\n".join(f"| `{name}` | {_sentence(name)} |" for name in api.__all__)
    return f"{head}{mark}\n\n| Name | What it is |\n| --- | --- |\n{rows}\n"


def _sentence(name: str) -> str:
    found = getattr(api, name)
    if isinstance(found, str):
        return f"`{found}`"
    text = inspect.getdoc(found) if inspect.isclass(found) or inspect.isfunction(found) else ""
    return _ALIASES.get(name) or (text or "").split("\n", maxsplit=1)[0].replace("|", "\\|")
