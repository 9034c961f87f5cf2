"""Error responses of the fake NetBox."""

from __future__ import annotations

from typing import Any

from proxbox_plan.core.errors import ProxboxError

Errors = dict[str, Any]
"""Errors of one object: messages by field name, or under ``__all__``."""


class RefusalError(ProxboxError):
    """The request fails with an error status and this body."""

    def __init__(self, status: int, body: Any, *, headers: dict[str, str] | None = None) -> None:
        """Store status and body."""
        super().__init__(f"HTTP {status}: {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}


class InvalidError(ProxboxError):
    """One object of a request is not valid."""

    def __init__(self, errors: Errors) -> None:
        """Remember the messages, by field."""
        super().__init__(f"invalid: {errors}")
        self.errors = errors

    @classmethod
    def of(cls, message: str, field: str = "__all__") -> InvalidError:
        """Make one with a single message."""
        return cls({field: [message]})


class ProtectedError(ProxboxError):
    """An object cannot be deleted because others need it."""

    def __init__(self, dependents: list[str]) -> None:
        """Remember the dependents, as ``name (id)``."""
        super().__init__(f"protected by {', '.join(dependents)}")
        self.dependents = dependents
