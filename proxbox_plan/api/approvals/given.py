"""What a call is given about approvals: their files, what is required, and who may approve."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from proxbox_plan.config import Settings
from proxbox_plan.core import files
from proxbox_plan.core.errors import ConfigError, RefusedError
from proxbox_plan.policy.allowed_signers import AllowedSigners
from proxbox_plan.policy.approvals import Requirement

LARGEST_SIGNERS: Final = 1024 * 1024  # bytes of a file of allowed signers


@dataclass(frozen=True, slots=True)
class Approvals:
    """What an apply is given: the approvals, and what it requires beyond the configuration.

    Of a folder among `files`, the approvals that are for the plan are taken. `required` can only raise what the
    configuration requires, and `max_age` (hours) only lower it. `authors` are who made the plan: their approvals do not
    count. While none is known, one approval more is required.
    """

    files: Sequence[Path | str] = ()
    required: int = 0
    allowed_signers: Path | str | None = None
    authors: Collection[str] = ()
    max_age: float | None = None


def requirement_of(settings: Settings | None, signers: AllowedSigners | None, given: Approvals) -> Requirement:
    """Return what is required by the configuration, if there is one, and by what is given."""
    rules = settings.approvals if settings else None
    people = max(rules.require_approvals if rules else 0, given.required)
    ages = [age for age in (rules.max_approval_age if rules else None, given.max_age) if age is not None]
    authors = frozenset(name.casefold() for name in given.authors)
    return Requirement(people, _all_names(signers, authors), _unknown(signers, given.authors), min(ages, default=None))


def signers_of(settings: Settings | None, given: Path | str | None) -> AllowedSigners | None:
    """Read the allowed signers: those of the configuration, which no option replaces; null when neither names any."""
    configured = settings.approvals.allowed_signers if settings else None
    if configured is not None and given is not None and Path(given).resolve() != configured.resolve():
        raise RefusedError(
            f"The configuration names the allowed signers: {configured}",
            hint="Omit --allowed-signers, or change `apply.allowed_signers` in the configuration.",
        )
    path = configured or given
    if path is None:
        return None
    try:
        text = files.read_text(path, most=LARGEST_SIGNERS)
    except FileNotFoundError:
        raise ConfigError(f"{path}: the file of allowed signers does not exist", hint="Create it.") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {files.reason_of(error)}", hint=files.hint_of(error, "")) from error
    except ValueError:
        raise ConfigError(f"{path}: is not a text file", hint="Name a file of allowed signers.") from None
    return AllowedSigners.parse(text, str(path))


def _unknown(signers: AllowedSigners | None, authors: Collection[str]) -> str:
    """Return why it is not known which of the signers made the plan; empty when it is."""
    strangers = [name for name in authors if signers is not None and not signers.knows(name)]
    if signers is not None and strangers:
        meant = signers.suggestion(strangers[0]).removeprefix("; ")
        return f"its author {strangers[0][:60]!r} is not an allowed signer{f' ({meant})' if meant else ''}"
    return "" if authors else "its author is unknown"


def _all_names(signers: AllowedSigners | None, authors: frozenset[str]) -> frozenset[str]:
    """Return every name of the authors."""
    if signers is None:
        return authors
    return authors.union(*(signers.person_of(signer.key) for signer in signers.signers if signer.folded & authors))
