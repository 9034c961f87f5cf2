"""Workflow commands of GitHub Actions: annotations on the run, written to stdout."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.report.ci.findings import Finding, Level, Review

# GitHub shows ten annotations of a level for each step, and drops the others without a word.
MOST = 10
_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def render(review: Review) -> str:
    """Return a line for each finding, the gravest first, and a notice with the verdict."""
    lines = [_command("notice", f"proxbox {review.about}", review.verdict)]
    for level in Level:
        lines += _of_level(level, [finding for finding in review.findings if finding.level is level])
    return "\n".join(lines) + "\n"


def _of_level(level: Level, findings: list[Finding]) -> Iterator[str]:
    room = MOST - 1 if level is Level.NOTE else MOST  # the verdict is a notice, too
    most = len(findings) if len(findings) <= room else room - 1
    for finding in findings[:most]:
        hint = f"\nHint: {finding.hint}" if finding.hint else ""
        yield _command(_COMMANDS[level], finding.rule.title, f"{finding.address}: {finding.message}{hint}")
    if len(findings) > most:
        more = f"and {len(findings) - most:,} more, which GitHub does not show"
        yield _command(_COMMANDS[level], "More", more)


def _command(command: str, title: str, message: str) -> str:
    return f"::{command} title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
