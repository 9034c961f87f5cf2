"""Check the form of a commit message, as CONTRIBUTING.md describes it; pre-commit runs it with the message's file."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

LONGEST: Final = 72
_BY_GIT = re.compile(r"(?:Merge|Revert|fixup!|squash!|amend!) ")
_SCISSORS = re.compile(r"^# -+ >8 -+$", re.MULTILINE)


def diagnostics(message: str) -> Iterator[str]:
    """Yield each thing that is wrong with the form of a message; nothing of those that Git writes by itself."""
    written = _SCISSORS.split(message)[0]
    lines = [line.rstrip() for line in written.splitlines() if not line.startswith("#")]
    while lines and not lines[0]:
        del lines[0]
    subject, *rest = lines or [""]
    if not subject:
        yield "The message is empty."
        return
    if _BY_GIT.match(subject):
        return
    if len(subject) > LONGEST:
        yield f"The subject has {len(subject)} characters; at most {LONGEST} are allowed. Say why in the body."
    if subject.endswith("."):
        yield "The subject ends with a period."
    if not subject[0].isupper():
        yield "The subject does not begin with a capital letter."
    if rest and rest[0]:
        yield "The line after the subject is not empty."


def main(arguments: list[str]) -> int:
    """Print what is wrong with the message in a file; 1 when there is anything."""
    found = list(diagnostics(Path(arguments[0]).read_text(encoding="utf-8")))
    for diagnostic in found:
        print(diagnostic, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
