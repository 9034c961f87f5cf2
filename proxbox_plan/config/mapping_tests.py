"""Reads files of mapping tests, with the line of every value."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from proxbox_plan.config.diagnostic import Location
from proxbox_plan.config.merged import MergedConfig, read_text
from proxbox_plan.config.messages import validated
from proxbox_plan.config.source import ParsedFile, parse
from proxbox_plan.core.errors import ConfigError

if TYPE_CHECKING:
    from proxbox_plan.model.policy.mapping_test import MappingTest

FOLDER: Final = "mapping-tests/*.yaml"


@dataclass(frozen=True, slots=True)
class LocatedTest:
    """A mapping test with its file and lines."""

    test: MappingTest
    source: ParsedFile
    index: int

    def where(self, inside: Location = ()) -> str:
        """Return `FILE:LINE` of the test, or of a value inside it."""
        place = self.source.place(("tests", self.index, *inside), key=True)
        return f"{self.source.file}:{place.line}"


def read_mapping_tests(config: Path, pattern: str | None) -> tuple[LocatedTest, ...]:
    """Read the files that match `pattern`, by default those in `mapping-tests/` beside the configuration.

    Raises ConfigError with all diagnostics, or when a given pattern matches no file.
    """
    folder = config.parent if pattern is None else Path()
    names = sorted(glob.glob(pattern or FOLDER, root_dir=folder, recursive=True))  # noqa: PTH207 # `..`, too
    if pattern is not None and not names:
        raise ConfigError(
            f"No file matches {pattern!r}", hint="Quote the pattern, so that the shell does not expand it."
        )
    return tuple(test for name in names for test in _tests(folder / name))


def _tests(file: Path) -> Iterator[LocatedTest]:
    from proxbox_plan.model.policy.mapping_test import MappingTests  # noqa: PLC0415 # few configurations have mapping tests, and the import is slow

    source = parse(read_text(file), str(file))
    whole = MergedConfig(source.file, source.data, [source], source.diagnostics)
    tests = validated(whole, MappingTests, "Run `proxbox schema tests` for the JSON Schema of the file.")
    for index, test in enumerate(tests.tests):
        yield LocatedTest(test, source, index)


def mapping_tests_schema() -> dict[str, Any]:
    """Return the JSON Schema of a file of mapping tests."""
    from proxbox_plan.model.policy.mapping_test import MappingTests  # noqa: PLC0415 # as above

    schema = MappingTests.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "mapping tests"}
