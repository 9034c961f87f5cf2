"""The formats of a report."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """How a document is shown. Described in docs/reports.md."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
    LINES = "lines"
    HTML = "html"
    JUNIT = "junit"
    SARIF = "sarif"
    GITHUB = "github"
    PROMETHEUS = "prometheus"
