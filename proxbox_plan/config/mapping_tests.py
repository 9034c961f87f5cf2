"""Files of mapping tests: read, checked, and every value with its line."""

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
    """A mapping test, and where it stands."""

    test: MappingTest
    source: ParsedFile
    index: int

    def where(self, inside: Location = ()) -> str:
        """Return `FILE:LINE` of the test, or of a value inside it."""
        place = self.source.place(("tests", self.index, *inside), key=True)
        return f"{self.source.file}:{place.line}"


def read_mapping_tests(config: Path, pattern: str | None) -> tuple[LocatedTest, ...]:
    """Read the files that match `pattern`, by default those in `mapping-tests/` beside the configuration.

    ConfigError says everything that is wrong with them, and when a pattern that was asked for matches nothing.
    """
    folder = config.parent if pattern is None else Path()
    names = sorted(glob.glob(pattern or FOLDER, root_dir=folder, recursive=True))  # noqa: PTH207 # `..`, too
    if pattern is not None and not names:
        raise ConfigError(f"no file matches {pattern!r}", hint="Put the pattern in quotes, so that it arrives whole.")
    return tuple(test for name in names for test in _tests(folder / name))


def _tests(file: Path) -> Iterator[LocatedTest]:
    from proxbox_plan.model.policy.mapping_test import MappingTests  # noqa: PLC0415 # most have none, and it takes its time

    source = parse(read_text(file), str(file))
    whole = MergedConfig(source.file, source.data, [source], source.diagnostics)
    tests = validated(whole, MappingTests, "`proxbox schema tests` prints what the file may hold.")
    for index, test in enumerate(tests.tests):
        yield LocatedTest(test, source, index)


def mapping_tests_schema() -> dict[str, Any]:
    """Return the JSON Schema of a file of mapping tests."""
    from proxbox_plan.model.policy.mapping_test import MappingTests  # noqa: PLC0415 # as above

    schema = MappingTests.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "mapping tests"}
