"""Color for terminals, as ANSI codes, or none at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from proxbox_plan.model.plan import Action

Hue = Literal["red", "green", "yellow", "cyan", "bold", "dim"]

_CODES: dict[Hue, str] = {"red": "31", "green": "32", "yellow": "33", "cyan": "36", "bold": "1", "dim": "2"}

HUES: dict[Action, Hue] = {
    Action.CREATE: "green",
    Action.UPDATE: "yellow",
    Action.MOVE: "yellow",
    Action.DELETE: "red",
    Action.ADOPT: "cyan",
    Action.FORGET: "dim",
}


@dataclass(frozen=True, slots=True)
class Style:
    """How text is painted."""

    color: bool = False

    def paint(self, text: str, hue: Hue) -> str:
        """Return `text` in a color, or as it is."""
        return f"\x1b[{_CODES[hue]}m{text}\x1b[0m" if self.color else text


PLAIN = Style()
