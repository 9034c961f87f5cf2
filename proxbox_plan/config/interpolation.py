"""Interpolation of `${NAME}` and `${NAME:-default}` in the strings of a configuration file, except in secrets."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from proxbox_plan.config.diagnostic import Diagnostic, Location
from proxbox_plan.config.source import ParsedFile

# `$${` stands for `${`; any other dollar (`/^db$/`) is literal.
_MARK: Final = re.compile(r"\$\$\{|\$\{(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^{}]*))?\})?")
_SECRETS: Final = frozenset({"token", "secret", "password"})
_WAYS: Final = frozenset({"id", "env", "file"})  # next to a secret, but not secret


@dataclass(frozen=True, slots=True)
class Interpolation:
    """Interpolates environment variables, except those that hold secrets of this configuration."""

    environ: Mapping[str, str]
    secrets: Collection[str] = ()

    def fill(self, source: ParsedFile) -> None:
        """Interpolate the strings of a file; errors are added to its diagnostics."""
        source.data = self._value(source, source.data, ())

    def _value(self, source: ParsedFile, value: Any, location: Location) -> Any:
        if isinstance(value, dict):
            return {key: self._value(source, item, (*location, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self._value(source, item, (*location, index)) for index, item in enumerate(value)]
        if not isinstance(value, str) or "${" not in value:
            return value
        try:
            return self.text(value, secret=_is_secret(location))
        except ValueError as error:
            source.diagnostics.append(Diagnostic(source.place(location), str(error)))
            return value

    def text(self, text: str, *, secret: bool = False) -> str:
        """Return an interpolated string; ValueError with the message for the user."""
        if secret and any(mark[0] != "$${" for mark in _MARK.finditer(text)):
            raise ValueError("a secret cannot be interpolated; reference it: {env: NAME}")
        return _MARK.sub(self._filled, text)

    def _filled(self, mark: re.Match[str]) -> str:
        if mark[0] == "$${":
            return "${"
        name, default = mark["name"], mark["default"]
        if name is None:
            raise ValueError("`${` must be followed by NAME} or NAME:-default}; write `$${` for the characters")
        if name in self.secrets:
            raise ValueError(f"the environment variable {name} holds a secret of this configuration")
        value = self.environ.get(name)
        if default is not None:
            return value or default
        if value is None:
            raise ValueError(f"the environment variable {name} is not set; `${{{name}:-...}}` gives a default")
        return value


def _is_secret(location: Location) -> bool:
    return not _SECRETS.isdisjoint(location) and location[-1] not in _WAYS


def secret_variables(value: Any) -> Iterator[str]:
    """Yield the names of the environment variables that hold secrets."""
    if isinstance(value, list):
        for item in value:
            yield from secret_variables(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in _SECRETS and isinstance(item, dict) and isinstance(item.get("env"), str):
                yield item["env"]
            yield from secret_variables(item)
