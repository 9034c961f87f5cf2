"""The notes of a release, from the changelog: `./dev release-notes v1.2.3`.

A tag that is not the version of the package, or that the changelog has no section for, is refused (exit 1).
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from proxbox_plan import __version__

ROOT = Path(__file__).parent.parent


class ReleaseError(Exception):
    """A tag that cannot be released, and what to do."""


def notes(tag: str, version: str, changelog: str) -> str:
    """Return the section of a version (`## [1.2.3] - 2027-01-31`), without its title."""
    wanted = tag.removeprefix("v")
    if wanted != version:
        raise ReleaseError(f"the tag {tag} is not the version of the package, {version}: set __version__ first")
    sections = re.split(r"^## \[(.+?)\][^\n]*\n", changelog, flags=re.MULTILINE)
    found = dict(zip(sections[1::2], sections[2::2], strict=True)).get(wanted, "").strip()
    if not found:
        raise ReleaseError(f"CHANGELOG.md has no section [{wanted}]: name what is under [Unreleased] so, with its date")
    return f"{found}\n"


def main(arguments: list[str]) -> int:
    """Print the notes of a tag."""
    if len(arguments) != 1:
        print("Usage: ./dev release-notes vX.Y.Z", file=sys.stderr)
        return 1
    try:
        said = notes(arguments[0], __version__, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    except ReleaseError as error:
        print(f"release-notes: {error}", file=sys.stderr)
        return 1
    print(said, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
