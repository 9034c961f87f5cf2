"""Words: the phrases and identifiers of our own that stay out, with what the field says instead.

`./dev lint` runs it over code, messages and docs. Plain words stay allowed where prose needs them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent
_PLACES: Final = (
    "proxbox_plan/**/*.py",
    "proxbox_plan/**/*.yaml",
    "proxbox_plan/**/*.yml",
    "proxbox_plan/**/*.sh",
    "tests/**/*.py",
    "scripts/**/*.py",
    "benchmarks/**/*.py",
    "testbed/**/*.py",
    "examples/**/*.py",
    "docs/*.md",
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
)
_NOT: Final = frozenset({"scripts/words.py", "tests/test_words.py"})


class Word(NamedTuple):
    """Something that stays out."""

    pattern: str
    instead: str


PHRASES: Final = (
    Word(r"whose word counts", "which side is authoritative"),
    Word(r"somebody's word", "requires the label"),
    Word(r"\bswept along\b", "cascade delete"),
    Word(r"\bstands there twice\b", "duplicate entry"),
    Word(r"\bcan'?t be had\b", "cannot be created"),
    Word(r"\bcan't\b", "cannot"),
    Word(r"\blets? .{1,40} in\b(?= |\.|,|;|\)|$)(?<=in)(?=[.,;)]|$)", "authenticate"),
    Word(r"a proxy before NetBox", "a proxy in front of NetBox"),
    Word(r"\bmend(s|ed|ing)?\b", "fix"),
    Word(r"\blet(s|ting)? go\b", "prune, release, forget"),
    Word(r"\bleft out\b", "unsupported, omitted, not planned"),
    Word(r"\bnobody(?!')\b", "no one, or passive"),
    Word(r"\bsomebody\b", "another user, a person"),
    Word(r"\bheld back\b|\bholds back\b", "skipped"),
    Word(r"\bis gone from Proxmox\b|\bgone from Proxmox\b", "no longer exists in Proxmox"),
    Word(r"\bwithh(e|o)ld\w*", "deferred"),
    Word(r"\bwhat NetBox should say\b", "the changes that would bring NetBox in line with Proxmox"),
    Word(r"\bcolour\w*", "color"),
    Word(r"\brecognis\w+", "recognize"),
    Word(r"\bcancelled\b(?!Error)", "canceled"),
    Word(r"\bTell(s)? them all\b", "what it returns or does"),
)
IDENTIFIERS: Final = (
    Word(r"\bwithheld\b|\bWithheld\b", "deferred"),
    Word(r"\b(letting_go|let_go|LET_GO)\b", "break_cycles, forget"),
    Word(r"\bmarks_before\b", "ownership_before"),
    Word(r"\b(twins?|remove_twins)\b", "duplicates"),
    Word(r"\b(Ledger|ledger)\b", "results"),
    Word(r"\b(hurry|brake|trip)\b", "shutdown, backoff, in-flight request"),
    Word(r"\b(kept_answers|whereabouts|census)\b", "cached lookups, guest locator, cache validation"),
    Word(r"\b(strays|catch_strays)\b", "captured output"),
    Word(r"\b(harmless|harmless_lines)\b", "sanitized"),
    Word(r"\bcomplaints?\b", "diagnostic"),
    Word(r"\b(pairing|Pairing)\b", "match"),
    Word(r"\b(Filing|filing|filings)\b", "evaluation"),
    Word(r"\bstanding_on\b", "prerequisites"),
    Word(r"\bleft_out\b", "unsupported"),
    Word(r"\b(GAPS|gaps?)\b", "incomplete"),
)


def main() -> int:
    """Print every finding; 1 when there is one."""
    found = list(findings())
    for line in found:
        print(line)
    return 1 if found else 0


def findings() -> Iterator[str]:
    """Yield `FILE:LINE: what: say that instead`."""
    for pattern in _PLACES:
        for path in sorted(ROOT.glob(pattern)):
            name = str(path.relative_to(ROOT))
            if name in _NOT:
                continue
            words = (*PHRASES, *IDENTIFIERS) if path.suffix == ".py" else PHRASES
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                for word in words:
                    if match := re.search(word.pattern, line):
                        yield f"{name}:{number}: {match[0]!r}: say {word.instead}"


if __name__ == "__main__":
    sys.exit(main())
