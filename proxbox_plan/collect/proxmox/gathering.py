"""Reads several lists into one part of the state, and remembers the first reason why it is incomplete."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from typing import Any, TypeVar

from proxbox_plan.clients.proxmox.client import ProxmoxReadError, api_path
from proxbox_plan.collect.proxmox.api_models.answer import ApiModel, WrongShapeError, read_one, read_rows
from proxbox_plan.collect.proxmox.parse.grammar import GrammarError
from proxbox_plan.collect.proxmox.reading import Reader, incomplete, incomplete_because, wrong_shape
from proxbox_plan.model.state import COMPLETE, Coverage, Incomplete

NOT_IMPLEMENTED = 501
MISSING: Any = object()
Model = TypeVar("Model", bound=ApiModel)
Item = TypeVar("Item")


class Gathering:
    """Reads rows into parts of the state; `coverage` is the first incomplete one of all reads."""

    def __init__(self, reader: Reader) -> None:
        """Start with complete coverage."""
        self._reader = reader
        self.coverage = COMPLETE

    def note(self, coverage: Coverage) -> None:
        """Remember the first coverage that is not complete."""
        if self.coverage.complete:
            self.coverage = coverage

    def inner(self) -> Gathering:
        """Return a gathering for a follow-up call, whose coverage is its own."""
        return Gathering(self._reader)

    def get(self, *segments: str | int, absent: bool = False, **params: str | int) -> Any:
        """Return the data of one path; MISSING, and incomplete coverage, when it cannot be read.

        With `absent`, a path that this version of Proxmox does not have is complete: nothing can be there.
        """
        try:
            return self._reader.get(api_path(*segments), **params)
        except ProxmoxReadError as error:
            if not (absent and error.status == NOT_IMPLEMENTED):
                self.note(incomplete_because(error))
            return MISSING

    def rows(
        self,
        model: type[Model],
        make: Callable[[Model], Item | None],
        *segments: str | int,
        absent: bool = False,
        **params: str | int,
    ) -> list[Item]:
        """Return what `make` returns for the rows of one path; rows it returns null for are omitted."""
        data = self.get(*segments, absent=absent, **params)
        return [] if data is MISSING else self.made(model, make, data, *segments)

    def made(
        self, model: type[Model], make: Callable[[Model], Item | None], data: Any, *segments: str | int
    ) -> list[Item]:
        """Return what `make` returns for rows that were read from one path."""
        rows, problem = read_rows(model, data)
        found = []
        for row in rows:
            try:
                made = make(row)
            except GrammarError as error:
                problem = problem or str(error)
                continue
            if made is not None:
                found.append(made)
        if problem:
            self.note(wrong_shape(_shown(segments), problem))
        return found

    def one(self, model: type[Model], data: Any, *segments: str | int) -> Model | None:
        """Return the object that was read from a path; null, and incomplete coverage, when it is not valid."""
        try:
            return read_one(model, data)
        except WrongShapeError as error:
            self.note(wrong_shape(_shown(segments), str(error)))
            return None

    def named(self, names: Iterable[str], listed: Container[str], *segments: str | int) -> None:
        """Note that a list lacks what another one names: Proxmox refuses to remove what is in use."""
        lacking = sorted(name for name in names if name and name not in listed)
        if lacking:
            self.note(incomplete(Incomplete.CONTRADICTION, f"GET {_shown(segments)} does not list {lacking[0]}"))

    def distinct(self, found: Iterable[Item], key: Callable[[Item], Any], *segments: str | int) -> tuple[Item, ...]:
        """Return the parts sorted by their key, each key once."""
        table: dict[Any, Item] = {}
        for part in found:
            if table.setdefault(key(part), part) is not part:
                self.note(wrong_shape(_shown(segments), f"duplicate entry {key(part)}"))
        return tuple(table[each] for each in sorted(table))


def _shown(segments: Iterable[str | int]) -> str:
    return "/" + "/".join(str(segment) for segment in segments)
