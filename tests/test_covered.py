"""Which parts of the package must be tested to the last branch, and that exceptions have a reason."""

from __future__ import annotations

from pathlib import Path

from scripts.covered import CORE, PACKAGE, without_reason


def test_the_core_is_there() -> None:
    """A folder that was renamed would not be looked at any more."""
    assert [name for name in CORE if not list((PACKAGE / name).rglob("*.py"))] == []


def test_an_exception_needs_a_reason(tmp_path: Path) -> None:
    """Beside the line that no test reaches."""
    lines = ("a = 1  # pragma: no cover", "b = 1  # pragma: no cover - only on Windows", "c = 1  # pragma: no branch -")
    (tmp_path / "some.py").write_text("\n".join(lines))
    assert list(without_reason(tmp_path)) == [f"{tmp_path}/some.py:1", f"{tmp_path}/some.py:3"]
    assert list(without_reason(PACKAGE)) == []
