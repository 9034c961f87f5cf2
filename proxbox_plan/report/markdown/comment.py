"""A Markdown comment that fits where it is posted: what matters keeps its rows, and what is cut is counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

T = TypeVar("T")
Cells = tuple[str, ...]

# GitHub refuses a comment of more than 65,536 characters; some room is left for what CI adds.
LONGEST_COMMENT = 60_000
# Rows of each table: of those a person must see, and of the others. The first that fits is taken.
_STEPS = ((500, 500), (500, 100), (300, 30), (300, 10), (100, 10), (100, 3), (30, 3), (30, 0), (10, 0), (3, 0), (0, 0))


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of a comment, and how many rows it omits."""

    text: str
    left: int = 0


def comment(head: str, parts: Callable[[int, int], Iterable[Section]], *, where: str) -> str:
    """Return `head` and as many rows of the parts as fit; `where` says where the rest is, in Markdown."""
    for grave, other in _STEPS:
        found = list(parts(grave, other))
        text = "\n".join([head, *(part.text for part in found), *_cut(sum(part.left for part in found), where)])
        if len(text) <= LONGEST_COMMENT:
            return text
    return f"{head}\nThe rest does not fit into one comment. {where}\n"


def _cut(left: int, where: str) -> list[str]:
    return [f"**{left:,} rows do not fit into one comment.** {where}\n"] if left else []


def marker(about: str, scope: Iterable[str]) -> str:
    """Return the line by which a program finds this comment again to update it; it is not shown."""
    names = ",".join(re.sub(r"[^A-Za-z0-9_.]+", "-", name)[:40].strip("-") for name in scope)
    return f"<!-- proxbox-plan: {about}{f' of {names[:200]}' if names else ''} -->"


def table(header: Cells, items: Sequence[T], view: Callable[[T], Cells], most: int) -> Section:
    """Return a table of the first items."""
    left = max(len(items) - most, 0)
    if left == len(items):
        return Section(f"… {left:,} rows\n", left)
    lines = [_line(header), _line(tuple("---" for _ in header)), *(_line(view(item)) for item in items[:most])]
    more = f"\n… and {left:,} more\n" if left else ""
    return Section("\n".join(lines) + "\n" + more, left)


def titled(title: str, part: Section) -> Section:
    """Return the part under a heading; the title is Markdown."""
    return replace(part, text=f"#### {title}\n\n{part.text}")


def folded(title: str, part: Section) -> Section:
    """Return the part behind a line to click on; the title is HTML."""
    return replace(part, text=f"<details><summary>{title}</summary>\n\n{part.text}\n</details>\n")


def _line(row: Cells) -> str:
    return f"| {' | '.join(row)} |"
