"""What every document shares: frozen values, one canonical form, a digest of the content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field

from proxbox_plan import __version__
from proxbox_plan.core import canonical


class Frozen(BaseModel):
    """A value: compared by content, never changed in place, never with an undeclared field."""

    # Each command needs a few of the models only: one is built when it is first used.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    HOLDS_MANY: ClassVar[bool] = False  # so much that it is written field by field

    def replace(self, **changes: Any) -> Self:
        """Return a copy with other values, validated like any new one."""
        return type(self)(**{**self.__dict__, **changes})


def canonical_json(data: object) -> str:
    """Return the one text of `data`: sorted keys, two-space indent, one trailing newline."""
    return canonical.whole(data) + "\n"


def digest_of(data: object) -> str:
    """Return `sha256:<hex>` over the compact canonical form of `data`."""
    return _digest(canonical.digest_pieces(data))


def digest_of_each(rows: Iterable[object]) -> str:
    """Return the same over rows that are never all held as text."""
    return _digest(piece for row in rows for piece in (canonical.compact(row), "\n"))


def _digest(pieces: Iterable[str]) -> str:
    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece.encode("utf-8", "surrogatepass"))
    return f"sha256:{found.hexdigest()}"


class Document(Frozen):
    """A file this tool writes and reads back: what it is, of which format, and a digest of its content."""

    FORMAT: ClassVar[str] = "1.0"
    KIND: ClassVar[str] = ""
    UNSEALED: ClassVar[frozenset[str]] = frozenset({"digest", "tool_version"})  # not covered by the digest
    HOLDS_MANY: ClassVar[bool] = True
    TOLERANT: ClassVar[bool] = True  # a newer minor version is read, without what this one does not know

    kind: str = Field(description="Which document this is.")
    format_version: str = Field(description="MAJOR.MINOR of the format; readers refuse a newer MAJOR.")
    tool_version: str = Field(default=__version__, description="Version of proxbox-plan that wrote it.")
    digest: str = Field(default="", description="sha256 over everything but this field and `tool_version`.")

    @classmethod
    def make(cls, **content: Any) -> Self:
        """Build the document from its content and seal it with its digest."""
        return cls.begun(**content).remade()

    @classmethod
    def begun(cls, **content: Any) -> Self:
        """Build the document without a digest: more is added before it is published (`remade`)."""
        return cls(kind=cls.KIND, format_version=cls.FORMAT, **content)

    def remade(self, **content: Any) -> Self:
        """Return the document with other content, sealed anew."""
        unsealed = self.replace(**content) if content else self
        return unsealed.replace(digest=unsealed.content_digest())

    def content_digest(self) -> str:
        """Digest of the content: equal for equal content, whatever version of the tool wrote it."""
        return _digest(canonical.digest_pieces(self, self.UNSEALED))

    def is_consistent(self) -> bool:
        """Whether what the document says about its own content is true of it."""
        return True

    def to_json(self) -> str:
        """Return the canonical text of the document, as it goes into a file."""
        return "".join(canonical.file_pieces(self))
