"""`proxbox demo` on each version of NetBox."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxbox_plan import api
from proxbox_plan.cli.main import run
from proxbox_plan.core.errors import UsageError
from proxbox_plan.documents import read_document
from proxbox_plan.model.netbox_versions import SUPPORTED, version_text
from proxbox_plan.model.plan import Plan


@pytest.mark.slow
@pytest.mark.parametrize("version", list(map(version_text, SUPPORTED)))
def test_the_whole_workflow(tmp_path: Path, capsys: pytest.CaptureFixture[str], version: str) -> None:
    """It ends well, and the plan after the first apply is empty."""
    assert run(["demo", "--netbox-version", version, "--guests", "20", "--folder", str(tmp_path / "demo")]) == 0
    assert "Done." in capsys.readouterr().out
    plan = read_document(tmp_path / "demo" / "plan-empty.json", Plan)
    assert plan.changes == ()
    assert plan.binding.netbox_version.startswith(f"{version}.")


def test_a_version_that_it_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The versions that it can be are named, and nothing is written."""
    assert run(["demo", "--netbox-version", "3.7", "--folder", str(tmp_path / "demo")]) == 1
    assert "'4.2', '4.3'" in capsys.readouterr().err
    with (
        pytest.raises(UsageError, match=r"cannot be NetBox 3\.7") as raised,
        api.demo(tmp_path / "demo", netbox_version="3.7"),
    ):
        pass
    assert "4.2, 4.3, 4.4, 4.5, 4.6, 4.7" in raised.value.hint
    assert not (tmp_path / "demo").exists()
