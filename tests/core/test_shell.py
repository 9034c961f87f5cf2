"""Texts of others as one word of a command line: `bash` itself reads them back."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxbox_plan.core.escaping import sanitized
from proxbox_plan.core.shell import quoted
from tests.builders import HOSTILE

BASH = shutil.which("bash") or "bash"


def read_back(*words: str) -> list[str]:
    """Return what the shell makes of words."""
    script = "\n".join(f"printf '%s\\0' x{word}" for word in words)
    found = subprocess.run([BASH, "--norc", "-c", script], check=True, capture_output=True, env={"LC_ALL": "C"})
    return [item.removeprefix("x") for item in found.stdout.decode(errors="surrogateescape").split("\0")[:-1]]


def test_a_plain_text_is_as_people_write_it() -> None:
    """Nothing is quoted without need."""
    assert [quoted(text) for text in ("web1", "a b", "it's", "-x", "")] == ["web1", "'a b'", "'it'\"'\"'s'", "-x", "''"]


@pytest.mark.parametrize(
    "text", ["$(id)", "`id`", "a;b", "a\nb", "a'b\n", "\\\n", "~", "!x\t", "##[error]x", "::set::x"]
)
def test_it_is_one_word_of_one_line(text: str) -> None:
    """Whatever it holds."""
    assert read_back(quoted(text)) == [text]
    assert sanitized(quoted(text)) == quoted(text)


@settings(max_examples=20)
@given(st.lists(st.one_of(st.sampled_from(HOSTILE), st.text()), min_size=20, max_size=20))
def test_any_text_is_read_back(texts: list[str]) -> None:
    """All but the zero byte, which no argument holds, and halves of characters; nothing unseen is in the line."""
    sound = ["".join(c for c in text if c != "\0" and not "\ud800" <= c <= "\udfff") for text in texts]
    words = [quoted(text) for text in sound]
    assert read_back(*words) == sound
    assert all(sanitized(word) == word for word in words)
