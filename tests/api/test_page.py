from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxbox_plan import api

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[api.Demo]:
    """Run the demo's servers, and work in the folder of their configuration."""
    with api.demo(tmp_path / "demo", guests=20) as servers:
        monkeypatch.chdir(servers.config.parent)
        yield servers


@pytest.mark.slow
def test_the_examples_of_the_page_run(demo: api.Demo, capsys: pytest.CaptureFixture[str]) -> None:
    """One after the other, as a person would type them."""
    del demo
    names: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) >= 5
    for number, block in enumerate(blocks, start=1):
        exec(compile(block, f"docs/api.md, block {number}", "exec"), names)  # noqa: S102 # our own page
    assert "New: 18 machines\n    in demo: " in capsys.readouterr().out


@pytest.mark.slow
def test_the_line_for_a_shell_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is printed: the demo's servers, one apply, and a second plan that holds nothing."""
    monkeypatch.chdir(tmp_path)
    line = re.search(r"```console\n\$ python (.*?)```", PAGE, re.DOTALL)
    assert line is not None
    done = subprocess.run([sys.executable, *shlex.split(line[1])], capture_output=True, text=True, check=False)
    assert re.fullmatch(r"[1-9]\d* changes, then 0\n", done.stdout), done
    assert done.stderr == ""


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    """What is public is listed, and what is listed is public."""
    assert sorted(api.__all__, key=str.casefold) == sorted(dir(api), key=str.casefold)
    for name in api.__all__:
        assert getattr(api, name) is not None
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE.partition("## All names")[2], re.MULTILINE)
    assert [name for name, _ in rows] == list(api.__all__)
    assert [name for name, text in rows if not text.strip()] == []


def test_a_name_that_is_not_there() -> None:
    """It fails as with any module."""
    with pytest.raises(AttributeError, match="has no attribute 'colect'"):
        _ = api.colect
