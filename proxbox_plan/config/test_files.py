"""Files of tests, of the mapping or of checks: read with the line of every value."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from proxbox_plan.config.diagnostic import Location
from proxbox_plan.config.merged import MergedConfig, read_text
from proxbox_plan.config.messages import validated
from proxbox_plan.config.source import ParsedFile, parse
from proxbox_plan.core.errors import ConfigError
from proxbox_plan.model.base import Frozen

Test = TypeVar("Test", bound=Frozen)


@dataclass(frozen=True, slots=True)
class LocatedTest(Generic[Test]):
    """A test with its file and lines."""

    test: Test
    source: ParsedFile
    index: int

    def where(self, inside: Location = ()) -> str:
        """Return `FILE:LINE` of the test, or of a value inside it."""
        place = self.source.place(("tests", self.index, *inside), key=True)
        return f"{self.source.file}:{place.line}"


def read_matching(
    config: Path, pattern: str | None, default: str, model: Callable[[], type[Frozen]], schema: str
) -> tuple[LocatedTest[Any], ...]:
    """Read the files that match `pattern`, or `default` beside the configuration; without any, no model is loaded.

    Raises ConfigError with all diagnostics, or when a given pattern matches no file.
    """
    files = _matching(config, pattern, default)
    return tuple(test for file in files for test in _tests(file, model(), schema))


def _matching(config: Path, pattern: str | None, default: str) -> tuple[Path, ...]:
    folder = config.parent if pattern is None else Path()
    names = sorted(glob.glob(pattern or default, root_dir=folder, recursive=True))  # noqa: PTH207 # `..`, too
    if pattern is not None and not names:
        raise ConfigError(
            f"No file matches {pattern!r}", hint="Quote the pattern, so that the shell does not expand it."
        )
    return tuple(folder / name for name in names)


def _tests(file: Path, model: type[Frozen], schema: str) -> Iterator[LocatedTest[Any]]:
    source = parse(read_text(file), str(file))
    whole = MergedConfig(source.file, source.data, [source], source.diagnostics)
    found: Any = validated(whole, model, f"Run `proxbox schema {schema}` for the JSON Schema of the file.")
    for index, test in enumerate(found.tests):
        yield LocatedTest(test, source, index)


def tests_schema(model: type[Frozen], title: str) -> dict[str, Any]:
    """Return the JSON Schema of a file of tests."""
    schema = model.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}
