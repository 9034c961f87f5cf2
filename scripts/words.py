"""Words: the phrases and identifiers of our own that stay out, with what the field says instead.

`./dev lint` runs it over code, messages and docs. Plain words stay allowed where prose needs them.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent
PLACES: Final = (
    "dev",
    ".ci/run",
    "proxbox_plan/**/*.py",
    "proxbox_plan/**/*.yaml",
    "proxbox_plan/**/*.yml",
    "proxbox_plan/**/*.sh",
    "proxbox_plan/**/*.js",
    "proxbox_plan/**/*.html",
    "tests/**/*.py",
    "scripts/**/*.py",
    "benchmarks/**/*.py",
    "testbed/**/*.py",
    "examples/**/*.py",
    "examples/**/*.sh",
    "examples/**/*.y*ml",
    "docs/*.md",
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
)
_EXEMPT: Final = frozenset({"scripts/words.py", "scripts/same_documents.py", "tests/test_words.py"})
# Their messages follow a place: `proxbox.yaml:3: rules[0]: ...`.
_CLAUSES: Final = frozenset({"proxbox_plan/rules/templates.py", "proxbox_plan/policy/checks/expression.py"})


class Word(NamedTuple):
    """A pattern that stays out, and what to say instead."""

    pattern: str
    instead: str


PHRASES: Final = (
    Word(r"whose word counts", "which side is authoritative"),
    Word(r"(?i)\bsomebody's word", "requires the label"),
    Word(r"\bswept along\b", "cascade delete"),
    Word(r"\b(is|stands) there twice\b", "duplicate entry"),
    Word(r"\bcan'?t be had\b", "cannot be created"),
    Word(r"(?i)\bcan't\b", "cannot"),
    Word(
        r"\blets? (anybody|anyone|people|us|proxbox|it|them|you) in\b(?! the)", "authenticate, accept the credentials"
    ),
    Word(r"a proxy before (NetBox|Proxmox)", "a proxy in front of NetBox"),
    Word(r"(?i)\bmend(s|ed|ing)?\b", "fix"),
    Word(r"(?i)\blet(s|ting)? go\b", "prune, release, forget"),
    Word(r"(?i)\bleft out\b", "unsupported, omitted, skipped"),
    Word(r"(?i)\bnobody\b", "no one, no other user, or passive"),
    Word(r"(?i)\bsomebody\b", "another user, a person"),
    Word(r"\b(held|holds) back\b", "skipped, deferred"),
    Word(r"(?i)\bgone from Proxmox\b", "no longer exists in Proxmox"),
    Word(r"(?i)\bwithh(e|o)ld\w*", "deferred"),
    Word(r"\b(was|were) not read completely\b", "is incomplete"),
    Word(r"#gaps\b", "#incomplete"),
    Word(r"\bcensus\b", "cache validation"),
    Word(r"\bwhereabouts\b", "guest locator"),
    Word(r"\bwhat NetBox should say\b", "the changes that would bring NetBox in line with Proxmox"),
    Word(r"(?i)\bcolour\w*", "color"),
    Word(r"(?i)\brecognis\w+", "recognize"),
    Word(r"\bcancelled\b(?!\(|\\\()", "canceled"),
    Word(r"\bTells? them all\b|\bPass it on\b", "what the function does or returns"),
)
"""Not said in code, messages or docs."""

IDENTIFIERS: Final = (
    Word(r"\b(letting_go|let_go|LET_GO)\b", "break_cycles, forget"),
    Word(r"\bmarks_before\b", "ownership_before"),
    Word(r"\b(twins?|remove_twins)\b", "duplicates"),
    Word(r"\b[Ll]edger\b", "results"),
    Word(r"\b_?(hurry|brake|trip)\b", "shutdown, backoff, in-flight request"),
    Word(r"\b(kept_answers|whereabouts|census)\b", "cached lookups, guest locator, cache validation"),
    Word(r"\b(strays|catch_strays)\b", "captured output"),
    Word(r"\b(harmless|harmless_lines)\b", "sanitized"),
    Word(r"\b_?complaints?\b", "diagnostic"),
    Word(r"\b[Pp]airing\b", "match"),
    Word(r"\b[Ff]ilings?\b", "evaluation"),
    Word(r"\bstanding_on\b", "prerequisites"),
    Word(r"\b_?left_out\w*", "unsupported"),
    Word(r"\b(_?GAPS|_?gaps?|\w+_gaps?)\b", "incomplete, reason"),
)
"""Not the name of anything in Python; prose may use the word."""

_PATTERNS: Final = {word: re.compile(word.pattern) for word in (*PHRASES, *IDENTIFIERS)}
_ERRORS_FILE: Final = ROOT / "proxbox_plan/core/errors.py"
_ERROR: Final = frozenset(re.findall(r"(?m)^class (\w+)", _ERRORS_FILE.read_text(encoding="utf-8")))


def main() -> int:
    """Print every finding; 1 when there is one."""
    found = list(findings())
    for line in found:
        print(line)
    return 1 if found else 0


def findings(root: Path = ROOT) -> Iterator[str]:
    """Yield `FILE:LINE: what: say that instead` for every file below `root`."""
    for pattern in PLACES:
        for path in sorted(root.glob(pattern)):
            name = str(path.relative_to(root))
            if name not in _EXEMPT:
                yield from findings_in(name, path.read_text(encoding="utf-8"))


def findings_in(name: str, text: str) -> Iterator[str]:
    """Yield the findings in the text of a file."""
    is_python = name.endswith(".py")
    for number, line in enumerate(text.splitlines(), start=1):
        yield from _found(PHRASES, line, f"{name}:{number}")
    if is_python:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NAME:
                yield from _found(IDENTIFIERS, token.string, f"{name}:{token.start[0]}")
    if is_python and name.startswith("proxbox_plan/") and name not in _CLAUSES:
        for number, message in _lower_case_messages(text):
            yield f"{name}:{number}: {message!r}: begin the message with a capital letter"


def _found(words: tuple[Word, ...], text: str, place: str) -> Iterator[str]:
    for word in words:
        if match := _PATTERNS[word].search(text):
            yield f"{place}: {match[0]!r}: say {word.instead}"


def _lower_case_messages(text: str) -> Iterator[tuple[int, str]]:
    """Yield the message of each error of ours that begins with a small letter; a path or a name may."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and node.args and _name(node.func) in _ERROR:
            begin = _begin(node.args[0])
            if re.match(r"[a-z]+ ", begin):
                yield node.lineno, begin[:30]


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        # click's own messages are parts of a sentence
        return "" if isinstance(function.value, ast.Name) and function.value.id == "click" else function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _begin(message: ast.expr) -> str:
    if isinstance(message, ast.JoinedStr) and message.values:
        return _begin(message.values[0])
    return message.value if isinstance(message, ast.Constant) and isinstance(message.value, str) else ""


if __name__ == "__main__":
    sys.exit(main())
