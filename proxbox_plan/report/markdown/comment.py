"""A Markdown comment that fits where it is posted: what matters keeps its rows, and what is cut is counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from markupsafe import Markup

from proxbox_plan.report.link import Link
from proxbox_plan.report.markdown.blocks import Block, Words
from proxbox_plan.report.templates import render_template

LONGEST_COMMENT: Final = 60_000
"""GitHub refuses a comment of more than 65,536 characters; some room is left for what CI adds."""

# Rows of each table: of those a person must see, and of the others. The first that fits is taken.
_STEPS = ((500, 500), (500, 100), (300, 30), (300, 10), (100, 10), (100, 3), (30, 3), (30, 0), (10, 0), (3, 0), (0, 0))

Blocks = Callable[[int, int], Iterable[Block]]
"""The blocks of a comment, with so many rows of each list that a person must see, and of each of the others."""


def comment(  # noqa: PLR0913 # what a comment has
    about: Markup,
    title: Words,
    blocks: Blocks,
    *,
    where: Words,
    links: Sequence[Link] = (),
    before: Callable[[int], Iterable[Block]] | None = None,
) -> str:
    """Return a comment with as many rows as fit; `where` says where the rest is, `before` stands above the title."""
    values = {"marker": about, "title": title, "where": where, "links": links}
    for grave, other in _STEPS:
        first = list(before(grave)) if before is not None else []
        found = list(blocks(grave, other))
        left = sum(block.left for block in (*first, *found))
        text = _rendered(before=first, blocks=found, left=left, **values)
        if len(text) <= LONGEST_COMMENT:
            return text
    return _rendered(before=[], blocks=[], left=None, **values)


def marker(about: str, scope: Iterable[str]) -> Markup:
    """Return the line by which a program finds this comment again to update it; it is not shown."""
    names = ",".join(re.sub(r"[^A-Za-z0-9_.]+", "-", name)[:40].strip("-") for name in scope)
    words = f"{about}{f' of {names[:200]}' if names else ''}"
    return Markup(f"<!-- proxbox-plan: {words} -->")  # noqa: S704 # letters, digits and single hyphens


def _rendered(**values: object) -> str:
    return render_template("markdown/comment.md.j2", **values)
