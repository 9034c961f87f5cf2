"""Write what is generated: `schemas/*.schema.json` and `docs/cli.md`. `--check` only compares.

Run it as `python -m scripts.generate`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from proxbox_plan.cli.main import cli
from proxbox_plan.cli.schema import SCHEMAS, schema_of
from proxbox_plan.model.base import canonical_json

ROOT = Path(__file__).parent.parent

_WIDTH: dict[str, Any] = {"terminal_width": 100, "max_content_width": 100}

CLI_HEAD = """\
# Command line

Generated from the commands themselves by `python -m scripts.generate`; don't edit it.

Results go to stdout, everything else to stderr. Exit codes: 0 done or nothing to do, 1 error,
2 changes (with `--detailed-exitcode`), 3 refused by a limit, a policy or incompleteness, 4 the plan is stale,
5 apply stopped part-way, 6 locked, 130 interrupted.
"""


def generated() -> Iterator[tuple[Path, str]]:
    """Yield every generated file with what it should hold."""
    for kind in SCHEMAS:
        name = "proxbox" if kind == "config" else kind
        yield ROOT / "schemas" / f"{name}.schema.json", canonical_json(schema_of(kind))
    yield ROOT / "docs" / "cli.md", cli_page()


def cli_page() -> str:
    """Return the page of the command line."""
    context = click.Context(cli, info_name="proxbox", **_WIDTH, **cli.context_settings)
    parts = [CLI_HEAD, _section(cli, context, "proxbox")]
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        if command is not None:
            inner = click.Context(command, info_name=name, parent=context, **_WIDTH)
            parts.append(_section(command, inner, f"proxbox {name}"))
    return "\n".join(parts)


def _section(command: click.Command, context: click.Context, title: str) -> str:
    return f"## `{title}`\n\n```text\n{command.get_help(context).rstrip()}\n```\n"


def main() -> int:
    """Write the files, or with `--check` name those that are not current."""
    stale = [path for path, text in generated() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not current: run `python -m scripts.generate`", file=sys.stderr)
        return 1 if stale else 0
    for path, text in generated():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
