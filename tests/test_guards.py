"""Every incident has guards, and they stand where they are said to; `python -m scripts.guards` takes each out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts.guards.guard import Guard
from scripts.guards.traps import TRAPS
from scripts.guards.trial import ROOT

GUARDS = [pytest.param(guard, id=f"{trap.number} {guard.says}") for trap in TRAPS for guard in trap.guards]


def test_every_trap_has_a_guard() -> None:
    """All incidents, each once."""
    assert [trap.number for trap in TRAPS] == list(range(1, 31))
    assert all(guard.tests for trap in TRAPS for guard in trap.guards)


@pytest.mark.parametrize("guard", GUARDS)
def test_it_is_where_it_says(guard: Guard, tmp_path: Path) -> None:
    """After a change of the code a guard may stand elsewhere, or be gone: the quick tests say so."""
    for file in guard.files():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, tmp_path / file)
    for edit in guard.edits:
        edit.apply(tmp_path)
