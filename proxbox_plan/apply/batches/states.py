"""States: what a batch goes through until each of its changes has a result, as a closed union."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from proxbox_plan.apply.batches.adaptive_concurrency import Group
from proxbox_plan.core.errors import NetBoxError, UncertainWriteError
from proxbox_plan.model.plan import Change


@dataclass(frozen=True, slots=True)
class Attempt:
    """Changes of one kind that share a request, and how often they were sent before in vain."""

    method: str
    changes: tuple[Change, ...]
    tries: int = 0

    @property
    def kind(self) -> str:
        """Kind of all its objects."""
        return self.changes[0].kind

    @property
    def group(self) -> Group:
        """What costs about the same for each object."""
        return self.kind, self.method

    def of(self, changes: Iterable[Change], *, more_tries: int = 0) -> Attempt:
        """Return an attempt with some of its changes, after so many more tries."""
        return replace(self, changes=tuple(changes), tries=self.tries + more_tries)


@dataclass(frozen=True, slots=True)
class Unverified:
    """To be compared with the plan before it is sent, as this NetBox does not do so itself."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Ready:
    """To be sent."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Answered:
    """NetBox accepted the request."""

    attempt: Attempt
    answer: Any


@dataclass(frozen=True, slots=True)
class Refused:
    """NetBox rejected the request, for some of the objects or for all of them; nothing of it was written."""

    attempt: Attempt
    error: NetBoxError


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The answer was lost: the request may have been handled, or may still be."""

    attempt: Attempt
    error: UncertainWriteError


@dataclass(frozen=True, slots=True)
class Stale:
    """NetBox answered 412: an object is not as `If-Match` says; nothing was written."""

    attempt: Attempt


State = Unverified | Ready | Answered | Refused | Uncertain | Stale
States = tuple[State, ...]
SETTLED: States = ()
"""No state follows: each change of the attempt has a result, or waits for a later run."""


def unsent(attempt: Attempt, *, has_if_match: bool) -> State:
    """Return the first state of an attempt: a creation has nothing to compare, NetBox may compare an update itself."""
    return Ready(attempt) if attempt.method == "POST" or has_if_match else Unverified(attempt)


def halves(attempt: Attempt, *, has_if_match: bool) -> States:
    """Return the first states of both halves of an attempt."""
    middle = len(attempt.changes) // 2
    parts = (attempt.changes[:middle], attempt.changes[middle:])
    return tuple(unsent(attempt.of(part), has_if_match=has_if_match) for part in parts)
