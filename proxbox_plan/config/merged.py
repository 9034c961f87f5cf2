"""Merged configuration: a configuration file with its included files; every value keeps its file, line and column."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from proxbox_plan.config.diagnostic import Diagnostic, FilePosition, Location
from proxbox_plan.config.interpolation import Interpolation, secret_variables
from proxbox_plan.config.source import ParsedFile, parse
from proxbox_plan.core import files
from proxbox_plan.core.errors import ConfigError

ADD_UP: Final = ("clusters", "rules", "node_rules", "cluster_rules", "address_rules", "checks", "forget")
INCLUDE: Final = "include"
MOST_FILES: Final = 1000
_MOST_BYTES: Final = 4 * 1024 * 1024


@dataclass(slots=True)
class MergedConfig:
    """The merged values, and the file and position each comes from."""

    file: str
    data: Any = None
    sources: list[ParsedFile] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    _origins: dict[Location, tuple[ParsedFile, Location]] = field(default_factory=dict)

    def diagnostic(self, location: Location, message: str, *, key: bool = False) -> Diagnostic:
        """Return a diagnostic about a location of the merged values."""
        file, place = self.place(location, key=key)
        return Diagnostic(place, message, file)

    def place(self, location: Location, *, key: bool = False) -> tuple[str, FilePosition]:
        """Return file and position of a merged value, or of the nearest enclosing one."""
        for length in (2, 1):
            if location[:length] in self._origins:
                source, start = self._origins[location[:length]]
                return source.file, source.place((*start, *location[length:]), key=key)
        return self.file, self.sources[0].place(location, key=key)

    def merge(self) -> None:
        """Merge the files: lists are concatenated, any other key may be set in one file only."""
        for source in self.sources:
            self.diagnostics += [item._replace(file=source.file) for item in source.diagnostics]
        main = self.sources[0].data
        if self.diagnostics or (len(self.sources) == 1 and not isinstance(main, dict)):
            self.data = main
            return
        self.data = {}
        for source in self.sources:
            if isinstance(source.data, dict):
                for key, value in source.data.items():
                    self._add(source, key, value)
            elif source.data is not None:
                self.diagnostics.append(Diagnostic(source.place(()), "is not a mapping", source.file))

    def _add(self, source: ParsedFile, key: str, value: Any) -> None:
        if key == INCLUDE and source is not self.sources[0]:
            return
        known = self.data.get(key)
        if key in ADD_UP and isinstance(value, list) and (known is None or isinstance(known, list)):
            merged = self.data.setdefault(key, [])
            for index, item in enumerate(value):
                self._origins[key, len(merged)] = (source, (key, index))
                merged.append(item)
            self._origins.setdefault((key,), (source, (key,)))
        elif key in self.data:
            file, place = self.place((key,), key=True)
            message = f"the key '{key[:60]}' is already in {file}:{place.line}; set it in one file only"
            self.diagnostics.append(Diagnostic(source.place((key,), key=True), message, source.file))
        else:
            self.data[key] = value
            self._origins[key,] = (source, (key,))


def read_merged(path: Path | str, environ: Mapping[str, str]) -> MergedConfig:
    """Read a configuration file with its included files; errors are in `diagnostics`."""
    whole = MergedConfig(str(path))
    _collect(Path(path), str(path), Interpolation(environ), whole, {})
    secrets = {name for source in whole.sources for name in secret_variables(source.data)}
    for source in whole.sources:
        if not source.diagnostics:
            Interpolation(environ, secrets).fill(source)
    whole.merge()
    return whole


def _collect(file: Path, shown: str, filler: Interpolation, whole: MergedConfig, known: dict[Path, str]) -> None:
    """Read one file and the files it includes, in order; `known`: the files already read, and why."""
    source = parse(read_text(file), shown)
    whole.sources.append(source)
    known[file.resolve()] = shown
    for place, name in _included(source, file, filler):
        other = file.parent / name
        complain = source.diagnostics.append
        if (first := known.get(other.resolve())) is not None:
            complain(Diagnostic(place, f"'{name}' is already read as {first}; include a file only once"))
        elif len(known) >= MOST_FILES:
            complain(Diagnostic(place, f"includes more than {MOST_FILES:,} files"))
            return
        else:
            _collect(other, str(other), filler, whole, known)


def _included(source: ParsedFile, file: Path, filler: Interpolation) -> Iterator[tuple[FilePosition, str]]:
    """Yield the files that a file includes, sorted within each pattern, with the location of the pattern."""
    patterns = source.data.get(INCLUDE) if isinstance(source.data, dict) else None
    for index, pattern in enumerate(patterns if isinstance(patterns, list) else ()):
        place = source.place((INCLUDE, index))
        if not isinstance(pattern, str):
            continue  # the models say so
        try:
            text = filler.text(pattern)
            names = sorted(glob.glob(text, root_dir=file.parent, recursive=True))  # noqa: PTH207 # `..` and absolute, too
        except ValueError as error:
            source.diagnostics.append(Diagnostic(place, str(error)))
            continue
        if not names:
            source.diagnostics.append(Diagnostic(place, f"no file matches '{text[:200]}' in {file.parent}"))
        yield from ((place, name) for name in names)


def read_text(file: Path) -> str:
    """Return the text of a file; ConfigError when it cannot be read."""
    try:
        return files.read_text(file, most=_MOST_BYTES)
    except FileNotFoundError as error:
        hint = "Run `proxbox init` to create one, or name another with --config."
        raise ConfigError(f"{file}: the file does not exist", hint=hint) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not a text file (byte {error.start + 1} is not UTF-8)") from error
    except OSError as error:
        hint = files.hint_of(error, "")
        raise ConfigError(f"{file}: cannot be read: {files.reason_of(error)}", hint=hint) from error
    except ValueError as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from error
