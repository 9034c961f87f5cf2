"""Guard: the lines that protect from an incident, what stands there without them, and the tests that must then fail."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PACKAGE = "proxbox_plan"


class RottenGuardError(Exception):
    """The text of a guard is not in its file (any more), or stands there several times."""


@dataclass(frozen=True, slots=True)
class Edit:
    """An exact replacement in one file of the package."""

    file: str  # below the package
    text: str
    instead: str

    def apply(self, root: Path) -> None:
        """Make it in a copy of the repository; RottenGuardError when the text does not stand there exactly once."""
        path = root / PACKAGE / self.file
        source = path.read_text(encoding="utf-8")
        if source.count(self.text) != 1:
            raise RottenGuardError(f"{PACKAGE}/{self.file} has {source.count(self.text)} times: {self.text!r}")
        path.write_text(source.replace(self.text, self.instead), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Guard:
    """One protection; several edits where it has several layers, of which each alone would do."""

    says: str  # the promise it keeps
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]  # pytest's names; each must fail without it

    def files(self) -> tuple[str, ...]:
        """Return where it stands in the repository."""
        return tuple(dict.fromkeys(f"{PACKAGE}/{edit.file}" for edit in self.edits))


@dataclass(frozen=True, slots=True)
class Trap:
    """A real incident of a tool in this field, and what keeps us from it."""

    number: int
    incident: str
    guards: tuple[Guard, ...]


def guard(says: str, file: str, text: str, instead: str, *tests: str) -> Guard:
    """Return a guard of one edit."""
    return Guard(says, (Edit(file, text, instead),), tests)
