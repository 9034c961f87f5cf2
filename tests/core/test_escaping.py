"""Texts of others in commands to paste."""

from __future__ import annotations

import re

import pytest

from proxbox_plan.core.escaping import sanitized, word_or


@pytest.mark.parametrize("text", ["lab/qemu/100", "2001:db8::1", "deletions-reviewed", "lab/lxc/7/net0"])
def test_a_plain_word_is_itself(text: str) -> None:
    """Keys, addresses and labels as they usually are."""
    assert word_or(text, "KEY") == text


@pytest.mark.parametrize("text", ["", "$(id)", "`id`", "a b", "a;b", "-rf", "a\nb", "a'b", "a|b", "~", "é", "x" * 201])
def test_what_a_shell_would_read_is_not_quoted(text: str) -> None:
    """The placeholder stands there instead."""
    assert word_or(text, "KEY") == "KEY"


@pytest.mark.parametrize(
    "text", ["##[error]x", "##vso[task.setvariable variable=A]x", "a ##teamcity[message]", "::error::x"]
)
def test_a_ci_runner_finds_no_command(text: str) -> None:
    """GitHub's, that of Azure Pipelines and TeamCity's: none of them knows the escape."""
    assert not re.search(r"##[a-z]*\[|^::", sanitized(text))
