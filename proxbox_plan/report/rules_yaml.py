"""Learned rules as YAML: a file to include in the configuration, and one of mapping tests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from proxbox_plan.core.escaping import sanitized
from proxbox_plan.model.policy.mapping_test import MappingTest
from proxbox_plan.model.policy.rules import Rule
from proxbox_plan.model.policy.suggestion import RuleSuggestion, SuggestedRule
from proxbox_plan.report.text.suggestion import differs
from proxbox_plan.report.values import named

_SHOWN: Final = 5  # exceptions that the comment of a rule names
_PLAIN: Final = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_.()/+-]| (?=[A-Za-z0-9_(]))*")
_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_NUMBERS: Final = frozenset({"vlan"})


def rules_text(suggestion: RuleSuggestion) -> str:
    """Return the rules as a file that `include` takes, each with a comment on its support and exceptions."""
    result = f"{suggestion.agree:,} of {suggestion.guests:,} guests get what NetBox has"
    lines = [
        "# Rules learned from NetBox by `proxbox rules suggest`. The first rule that gives a value wins.",
        f"# {result}; without these rules {suggestion.agreed:,} do.",
        f"rules:{'' if suggestion.rules else ' []'}",
        *(line for rule in suggestion.rules for line in _rule(rule)),
    ]
    return "\n".join(lines) + "\n"


def tests_text(suggestion: RuleSuggestion) -> str:
    """Return the mapping tests as a file that `proxbox validate` runs."""
    lines = [
        "# Mapping tests of the rules that `proxbox rules suggest` learned: real guests, and the exceptions.",
        f"tests:{'' if suggestion.tests else ' []'}",
        *(line for test in suggestion.tests for line in _test(test)),
    ]
    return "\n".join(lines) + "\n"


def _rule(suggested: SuggestedRule) -> Iterator[str]:
    yield f"  # {_support(suggested)}"
    when, values = _given(suggested.rule)
    if when:
        yield f"  - when: {_flow(when)}"
        yield f"    set: {_flow(values)}"
    else:
        yield f"  - set: {_flow(values)}"


def _support(suggested: SuggestedRule) -> str:
    text = f"{suggested.support:,} of {suggested.guests:,} guests"
    if not suggested.exceptions:
        return text
    shown = [f"{named(item.name)} ({differs(item)})" for item in suggested.exceptions[:_SHOWN]]
    more = len(suggested.exceptions) - len(shown)
    return f"{text}; exceptions: {', '.join(shown)}{f' and {more:,} more' if more else ''}"


def _given(rule: Rule) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the condition and the values of a rule as the configuration has them: a single text is no list."""
    when = _short(rule.when.model_dump(exclude_defaults=True))
    return _interpolated(when), _interpolated(rule.set.model_dump(exclude_defaults=True))


def _short(condition: Mapping[str, Any]) -> dict[str, Any]:
    short: dict[str, Any] = {}
    for key, value in condition.items():
        if isinstance(value, Mapping):
            short[key] = _short(value)
            continue
        items = [int(text) if key in _NUMBERS and text.isdecimal() else text for text in value]
        short[key] = value if isinstance(value, str) else items[0] if len(items) == 1 else items
    return short


def _interpolated(value: Any) -> Any:
    """Return a value in which no text is taken for an environment variable of the configuration."""
    match value:
        case str():
            return value.replace("${", "$${")
        case list():
            return [_interpolated(item) for item in value]
        case dict():
            return {key: _interpolated(item) for key, item in value.items()}
        case _:
            return value


def _test(test: MappingTest) -> Iterator[str]:
    yield f"  - name: {_scalar(sanitized(test.name))}"
    if test.cluster is not None:
        yield f"    cluster: {_scalar(test.cluster)}"
    if test.guest is not None:
        guest = test.guest.model_dump(exclude_defaults=True)
        yield f"    guest: {_flow(guest)}"
    yield "    expect:"
    for kind, fields in test.expect.items():
        yield f"      {kind}: {_flow(fields)}"


def _flow(value: Any) -> str:
    """Return a value as YAML in one line."""
    match value:
        case Mapping():
            return "{" + ", ".join(f"{_scalar(key)}: {_flow(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case str():
            return _scalar(value)
        case _:
            return json.dumps(value)


def _scalar(text: str) -> str:
    """Return a text as YAML, without quotes where it needs none."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)
