"""File parameters: every option and argument that names a file says whether it is read or written.

`claimed` keeps them apart before a command does anything, and opens what is written while it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from proxbox_plan.cli.terminal.output import Output
from proxbox_plan.core import files
from proxbox_plan.core.errors import ProxboxError
from proxbox_plan.core.files import Use

F = TypeVar("F", bound=Callable[..., Any])
_DERIVE = "derived_files"
_NAMED = "proxbox_plan.files"  # in click's `meta`, which a command shares with its group


class NamedFile(NamedTuple):
    """A file, what the command does with it, and what names it."""

    path: str
    use: Use
    what: str


Derive = Callable[[Mapping[str, Any]], Iterable[NamedFile]]


def derived_files(derive: Derive) -> Callable[[F], F]:
    """Let a command say which files follow from its parameters, such as the journal of a plan."""

    def decorate(function: F) -> F:
        setattr(function, _DERIVE, derive)
        return function

    return decorate


class FileParameter(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.4
    """A path, which is noted with what the command does with the file."""

    name = "file"

    def __init__(self, use: Use, *, as_path: bool = False) -> None:
        """Give the text that was passed, or a Path."""
        self.use = use
        self._as_path = as_path

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Note the file and return its path."""
        note(ctx, str(value), self.use, param)
        return Path(value) if self._as_path else value


READ = FileParameter(Use.READ)
READ_PATH = FileParameter(Use.READ, as_path=True)
WRITTEN = FileParameter(Use.WRITTEN)
WRITTEN_PATH = FileParameter(Use.WRITTEN, as_path=True)
CACHE = FileParameter(Use.BOTH)
CACHE_PATH = FileParameter(Use.BOTH, as_path=True)


def note(context: click.Context | None, path: str, use: Use, parameter: click.Parameter | None) -> None:
    """Note a file that is named on the command line."""
    if context is not None and not context.resilient_parsing:
        name = parameter.make_metavar(context).strip("[].") if isinstance(parameter, click.Argument) else ""
        option = max(parameter.opts, key=len) if parameter is not None else ""
        context.meta.setdefault(_NAMED, []).append(NamedFile(path, use, name or option))


@contextmanager
def claimed(context: click.Context, function: Callable[..., Any]) -> Iterator[None]:
    """Keep the files of a command apart while it runs; UsageError before it begins when two are the same."""
    output = context.ensure_object(Output)
    derive: Derive = getattr(function, _DERIVE, lambda _: ())
    with files.claims(alone=True) as claims:
        try:
            for named in (*context.meta.get(_NAMED, ()), *derive(context.params)):
                claims.add(*named)
            if output.log.file:
                claims.add(output.log.file, Use.WRITTEN, "the log")
        except ProxboxError:
            output.log.drop()  # it may be in one of them
            raise
        output.begin()
        yield
