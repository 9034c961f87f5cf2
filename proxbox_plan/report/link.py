"""Links of a report: to the run that made it, and to the report in full."""

from __future__ import annotations

import re
from dataclasses import dataclass

from proxbox_plan.core.errors import UsageError

_URL = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9._~:/?#@!$&*+,;=%-]*")


@dataclass(frozen=True, slots=True)
class Link:
    """A place to read more."""

    name: str
    url: str

    @classmethod
    def parse(cls, text: str) -> Link:
        """Read `NAME=URL`; UsageError for what is no address that a browser opens."""
        name, _, url = text.partition("=")
        if not name or _URL.fullmatch(url) is None:
            raise UsageError(
                f"The link {text!r} is not NAME=URL with an http or https address",
                hint='Pass, for example, --link "Full report=https://ci.example.com/run/7".',
            )
        return cls(name, url)
