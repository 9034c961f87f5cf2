"""Allowed signers: who may approve, and with which keys, from a file in the format of OpenSSH."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from proxbox_plan.core.errors import ConfigError
from proxbox_plan.core.suggestion import suggestion

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9@._+-]{0,199}(\[bot\])?")  # bots are authors, and never approve
_KEY: Final = re.compile(
    # names, options without blanks, type, key; what follows is a comment
    r"(?P<names>\S+)\s+(?:(?P<options>\S+)\s+)?(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+\s+(?P<key>[A-Za-z0-9+/]{40,}=*)(?:\s.*)?"
)
_AUTHORITY: Final = "cert-authority"


@dataclass(frozen=True, slots=True)
class Signer:
    """A line: the names of one person, and a key."""

    names: tuple[str, ...]
    key: str

    @property
    def folded(self) -> frozenset[str]:
        """Return the names, to be compared in any case."""
        return frozenset(name.casefold() for name in self.names)


@dataclass(frozen=True, slots=True)
class AllowedSigners:
    """A file of allowed signers, and its text, which ssh-keygen gets."""

    text: str
    signers: tuple[Signer, ...]

    @classmethod
    def parse(cls, text: str, file: str) -> AllowedSigners:
        """Read the lines; ConfigError for one that does not say which person it is about."""
        signers: list[Signer] = []
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            found = _KEY.fullmatch(line.strip())
            names = tuple(found["names"].split(",")) if found else ()
            if found is None or not all(map(_NAME.fullmatch, names)):
                raise ConfigError(
                    f"{file}:{number}: must be the names of one person, a key type and a key",
                    hint="Write each person out: `alice@example.com ssh-ed25519 AAAA...`. A pattern would let one key "
                    "approve in several names.",
                )
            if _AUTHORITY in (found["options"] or "").lower():
                raise ConfigError(
                    f"{file}:{number}: is a certificate authority, which could approve in any name",
                    hint="Name the keys of the people instead.",
                )
            signers.append(Signer(names, found["key"]))
        return cls(text, tuple(signers))

    def person_of(self, key: str) -> frozenset[str]:
        """Return every name of whoever has a key, folded; also of their other keys."""
        names = {name for signer in self.signers if key == signer.key for name in signer.folded}
        found: set[str] = set()
        while names - found:
            found |= names
            names = {name for signer in self.signers if found & signer.folded for name in signer.folded}
        return frozenset(found)

    def name_of(self, key: str) -> str | None:
        """Return the first name of whoever has a key, as it is written; null when no line has it."""
        return next((signer.names[0] for signer in self.signers if key == signer.key), None)

    def knows(self, name: str) -> bool:
        """Whether a name is one of those in the file, in any case."""
        return any(name.casefold() in signer.folded for signer in self.signers)

    def suggestion(self, name: str) -> str:
        """Return a question about a similar name; empty without one."""
        return suggestion(name, [other for signer in self.signers for other in signer.names])
