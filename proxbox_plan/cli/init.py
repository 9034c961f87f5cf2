"""`proxbox init`: the files a new repository needs; none that is there is touched."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

import click

from proxbox_plan.cli.options import common_options
from proxbox_plan.cli.output import Output, pass_output

# Where it goes -> which template.
FILES: Final[dict[str, str]] = {
    "proxbox.yaml": "proxbox.yaml",
    ".github/workflows/netbox.yml": "workflow.yml",
    ".gitignore": "gitignore",
}


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path(), metavar="[FOLDER]")
@common_options
@pass_output
def init(output: Output, *, folder: Path) -> None:
    """Write a commented proxbox.yaml, a CI workflow and a .gitignore; never overwrites a file."""
    written = [_write(output, folder / place, template) for place, template in FILES.items()]
    if any(written):
        output.note("Next: fill in proxbox.yaml, then `proxbox validate`.")


def _write(output: Output, place: Path, template: str) -> bool:
    from proxbox_plan.documents import write_text
    from proxbox_plan.errors import DocumentError

    if place.is_symlink() or place.exists():
        output.note(f"{place} is there already and stays as it is.")
        return False
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise DocumentError(f"{place.parent}: cannot be made: {reason}", hint="Choose another folder.") from error
    write_text(place, files("proxbox_plan.cli").joinpath("templates", template).read_text(encoding="utf-8"))
    output.result(f"wrote {place}")
    return True
