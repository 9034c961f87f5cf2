"""Literals: names as rules spell them, so that none is taken for a pattern or a template."""

from __future__ import annotations

import re

from proxbox_plan.core.patterns import is_expression
from proxbox_plan.core.sanitize import clean
from proxbox_plan.model.policy.rules import TEMPLATE_MARKS

LONGEST = 100  # characters of a name in NetBox
_SPECIAL = re.compile(r"[*?\[]")
_BRACKETS = re.compile(r"\[(.)\]")


def is_plain(text: str) -> bool:
    """Whether a text can stand in a file and be read: not empty, on one line, without invisible characters."""
    return 0 < len(text) <= LONGEST and text.isprintable() and clean(text, LONGEST) == text


def glob(text: str) -> str:
    """Return the glob that only this text matches, in any case."""
    escaped = _SPECIAL.sub(r"[\g<0>]", text)
    return f"[/]{escaped[1:]}" if is_expression(escaped) else escaped


def text(pattern: str) -> str:
    """Return the text of a glob without its brackets."""
    return _BRACKETS.sub(r"\1", pattern)


def value(name: str) -> str:
    """Return a name as a value of `set`: a template that prints it, if it would be taken for one."""
    if not any(mark in name for mark in TEMPLATE_MARKS):
        return name
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"{{{{ '{escaped}' }}}}"
