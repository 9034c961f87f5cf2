"""`proxbox rules`, and the files of `proxbox init --from-netbox`."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxbox_plan.api.init_files.learned_rules import check_free, write_learned
from proxbox_plan.api.init_files.new_files import Answers, texts, write_new
from proxbox_plan.cli.main import run
from proxbox_plan.config import load
from proxbox_plan.core.address import Address
from proxbox_plan.core.errors import UsageError
from proxbox_plan.learn.suggest import suggest
from proxbox_plan.model.policy.suggestion import Disagreement, RuleSuggestion
from proxbox_plan.report.text.suggestion import FOLDED, render
from tests.learn.hidden import filled

Captured = pytest.CaptureFixture[str]


def test_the_group_lists_its_commands(capsys: Captured) -> None:
    """Alone it shows its help, and a command that does not exist is an error."""
    assert run(["rules", "--help"]) == 0
    assert "suggest" in capsys.readouterr().out
    assert run(["rules"]) == 1
    assert "suggest" in capsys.readouterr().err
    assert run(["rules", "learn"]) == 1
    assert "No such command 'learn'" in capsys.readouterr().err


def test_rules_need_a_netbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """The error names the section; nothing is written."""
    monkeypatch.chdir(tmp_path)
    config = "clusters: [{name: lab, host: pve, site: DC1, user: a@pam, password: {env: NOT_SET}}]\n"
    (tmp_path / "proxbox.yaml").write_text(config)
    assert run(["rules", "suggest", "--state", "missing.json", "--out", "rules.yaml"]) == 1
    assert "Error: " in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["proxbox.yaml"]


def test_a_new_configuration_includes_the_rules(tmp_path: Path) -> None:
    """They are read with it, and nothing else of it changes."""
    wanted = texts(Answers(ci="none"))
    write_new(tmp_path, wanted)
    suggestion = suggest(filled(1, count=60).matched)
    written = write_learned(tmp_path, suggestion, wanted["proxbox.yaml"])
    assert [str(path.relative_to(tmp_path)) for path in written] == ["rules.yaml", "mapping-tests/rules.yaml"]
    assert load(tmp_path / "proxbox.yaml", {}).policy.rules == tuple(item.rule for item in suggestion.rules)
    now = (tmp_path / "proxbox.yaml").read_text()
    assert now.replace("\ninclude: [rules.yaml] # learned from NetBox\n", "") == wanted["proxbox.yaml"]
    assert run(["validate", "-c", str(tmp_path / "proxbox.yaml")]) == 0


@pytest.mark.parametrize("name", ["rules.yaml", "mapping-tests/rules.yaml"])
def test_learned_files_are_never_overwritten(name: str, tmp_path: Path, capsys: Captured) -> None:
    """It is said before anything is written or contacted; a link counts, too."""
    (tmp_path / "mapping-tests").mkdir()
    (tmp_path / name).symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="exists"):
        check_free(tmp_path)
    assert run(["init", str(tmp_path), "--from-netbox", "--defaults"]) == 1
    assert f"{name} exists" in capsys.readouterr().err
    assert not (tmp_path / "proxbox.yaml").exists()


def test_exceptions_are_folded() -> None:
    """All of them are shown with --verbose."""
    wrong = tuple(
        Disagreement(
            address=Address("virtual-machine:lab/qemu/1"), name=f"vm-{n}", key="role", netbox=None, given="Web"
        )
        for n in range(FOLDED + 2)
    )
    suggestion = RuleSuggestion(guests=30, missing=1, unread=2, agreed=1, agree=18, filled=3, unruled=wrong)
    short, whole = render(suggestion), render(suggestion, verbose=True)
    assert "and 2 more (`proxbox rules suggest --verbose` shows them)" in short
    assert f"vm-{FOLDED + 1}" not in short
    assert f"vm-{FOLDED + 1}: no role, to be filled with Web" in whole
    assert "1 guest that NetBox lacks, and 2 that are incomplete in the state" in whole
    assert "3 values that NetBox lacks will be filled" in whole
