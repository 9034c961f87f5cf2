"""A release is what the changelog and the version say, or it is none."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest

from proxbox_plan import __version__
from scripts.release_notes import ReleaseError, main, notes
from tests.test_packaging import ROOT

CHANGELOG = """# Changelog

## [Unreleased]

## [1.2.0] - 2027-01-31

### Added

- This.

## [1.1.0] - 2027-01-01

- That.
"""


def test_the_section_of_the_version() -> None:
    """And nothing of the others."""
    assert notes("v1.2.0", "1.2.0", CHANGELOG) == "### Added\n\n- This.\n"
    assert notes("1.1.0", "1.1.0", CHANGELOG) == "- That.\n"


@pytest.mark.parametrize(
    ("tag", "version", "words"),
    [
        ("v1.3.0", "1.2.0", "the tag v1.3.0 is not the version of the package, 1.2.0"),
        ("v1.3.0", "1.3.0", r"CHANGELOG.md has no section \[1.3.0\]"),
        ("vUnreleased", "Unreleased", r"has no section \[Unreleased\]"),
    ],
)
def test_what_cannot_be_released(tag: str, version: str, words: str) -> None:
    """Before anything is built, and with what to do."""
    with pytest.raises(ReleaseError, match=words):
        notes(tag, version, CHANGELOG)


def test_as_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    """It says what is wrong, and exits with 1."""
    assert main(["v0.0.0"]) == 1
    assert f"is not the version of the package, {__version__}" in capsys.readouterr().err
    assert main([]) == 1
    assert "Usage: ./dev release-notes" in capsys.readouterr().err


@pytest.mark.slow
def test_what_is_built(tmp_path: Path) -> None:
    """The wheel has the package and what belongs to it; the source distribution builds the same one."""
    from hatchling.build import build_sdist, build_wheel  # noqa: PLC0415 # only here

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        wheel, source = build_wheel(str(tmp_path)), build_sdist(str(tmp_path))
    with zipfile.ZipFile(tmp_path / wheel) as archive:
        names = archive.namelist()
        about = archive.read(f"proxbox_plan-{__version__}.dist-info/METADATA").decode()
    assert {"proxbox_plan/py.typed", "proxbox_plan/api/init_files/templates/requirements.lock"} <= set(names)
    assert not [name for name in names if name.startswith("tests/") or "fakepve" in name]
    assert f"Version: {__version__}\n" in about
    assert "License-Expression: Apache-2.0\n" in about
    with tarfile.open(tmp_path / source) as archive_:
        assert f"proxbox_plan-{__version__}/pyproject.toml" in archive_.getnames()
