"""Redaction: removes the secrets of this process from every text that it prints, even those that a server sends back.

The secrets of a run are few and belong to the process, as its environment does: what fetches one tells `KNOWN`, and
whatever is printed passes through it. Light on purpose: `proxbox --help` imports it.
"""

from __future__ import annotations

import html
import json
from base64 import b64encode
from typing import Final
from urllib.parse import quote, quote_plus

HIDDEN: Final = "***"
SHORTEST: Final = 4
"""Secrets shorter than this are not looked for: hiding every `a` would make messages unreadable."""
UNMISTAKABLE: Final = 16
"""A text this long is not in an answer by chance; a short password may well be the name of a guest, too."""


class Redactor:
    """Knows secrets, and hides them in text: as they are, and as servers and libraries spell them."""

    def __init__(self, *secrets: str) -> None:
        """Start with these secrets."""
        self._forms: list[str] = []
        for secret in secrets:
            self.learn(secret)

    def __repr__(self) -> str:
        """Say how much is known, and nothing of it."""
        return f"Redactor({len(self._forms)} forms)"

    def learn(self, secret: str) -> None:
        """Hide this secret from now on; any thread may say so."""
        for part in _parts(secret):
            self._forms += [form for form in sorted(_forms(part)) if form not in self._forms]

    def hide(self, text: str) -> str:
        """Return a message without any secret."""
        return self._without(text, SHORTEST)

    def hide_in_data(self, text: str) -> str:
        """Return an answer without secrets too long to be there by chance: what is meant to be data stays."""
        return self._without(text, UNMISTAKABLE)

    def _without(self, text: str, shortest: int) -> str:
        # The longest first: a form may be the beginning of another.
        for form in sorted(self._forms, key=len, reverse=True):
            if len(form) >= shortest and form in text:
                text = text.replace(form, HIDDEN)
        return text


def _parts(secret: str) -> tuple[str, ...]:
    """Return the secret, and the half of a NetBox v2 token that is secret on its own."""
    key, dot, rest = secret.partition(".")
    return (secret, rest) if dot and key.startswith("nbt_") else (secret,)


def _forms(secret: str) -> set[str]:
    quoted = json.dumps(secret)[1:-1]
    plain = {
        secret,
        quoted,
        quoted.replace("/", "\\/"),
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        html.escape(secret),
        html.escape(secret, quote=False),
        b64encode(secret.encode()).decode(),
    }
    # An answer that is quoted in an error, or an error in another one.
    return plain | {json.dumps(form)[1:-1] for form in plain} | {repr(form)[1:-1] for form in plain}


KNOWN: Final = Redactor()
"""The secrets of this process."""
