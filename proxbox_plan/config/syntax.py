"""Syntax: what is wrong with a text that is no YAML, in words that say what to correct."""

from __future__ import annotations

from typing import Final

import yaml

from proxbox_plan.config.diagnostic import Diagnostic, FilePosition

# How PyYAML's problem begins, how its context ends -> what is wrong; `{line}` is where what is not finished begins.
_WORDS: Final = (
    ("found character '\\t' that cannot start", "", "a tab, where YAML takes only spaces"),
    ("expected ',' or '}'", "flow mapping", "the '{{' of line {line} is not closed, or a comma is missing"),
    ("expected ',' or ']'", "flow sequence", "the '[' of line {line} is not closed, or a comma is missing"),
    ("found unexpected end of stream", "quoted scalar", "the quotation mark of line {line} is not closed"),
    ("found unknown escape character", "", "a backslash that means nothing: use single quotes around the text"),
    (
        "mapping values are not allowed here",
        "",
        "a key where none can be: it is indented more than the key before it, or is text that needs quotes",
    ),
    ("expected <block end>", "", "the indentation fits no line above"),
    ("could not find expected ':'", "simple key", "'KEY: VALUE' is expected, and the colon is missing"),
)


def syntax_error(error: yaml.YAMLError, text: str) -> Diagnostic:
    """Return what a parser's error says, with the place."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        place = FilePosition.of(mark) if mark else FilePosition(1, 1)
        return Diagnostic(place, f"is not valid YAML: {_words(error)}")
    position = getattr(error, "position", 0)
    before = text[: position if isinstance(position, int) else 0]
    place = FilePosition(before.count("\n") + 1, len(before) - before.rfind("\n"))
    return Diagnostic(place, "is not valid YAML: a character that YAML does not allow")


def _words(error: yaml.MarkedYAMLError) -> str:
    problem, context = error.problem or "", error.context or ""
    begun = error.context_mark or error.problem_mark
    for said, about, words in _WORDS:
        if problem.startswith(said) and context.endswith(about):
            return words.format(line=begun.line + 1 if begun else 1)
    return ", ".join(part for part in (context, problem) if part)
