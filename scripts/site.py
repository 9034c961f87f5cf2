"""Build the documentation as a site: `./dev docs`. A broken link is an error, and no page asks anybody for anything."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
CONFIG: Final = ROOT / "mkdocs.yml"
OUTSIDE: Final = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
"""Pages of the site that are not in docs/, where GitHub would not find them."""

# What loads something from another host: a page of a production network sends no request.
_LOADS = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\bsrc=["']?(?:https?:)?//|<link\b[^>]*\brel=["']?(?:stylesheet|preconnect)["']?"""
    r"""[^>]*\bhref=["']?(?:https?:)?//|url\(["']?(?:https?:)?//|@import ["'](?:https?:)?//"""
)


def build(folder: Path) -> int:
    """Build it into `folder/site`; 1 when something is wrong with it."""
    stage(folder)
    program = Path(sysconfig.get_path("scripts")) / "zensical"
    command = [str(program), "build", "--clean", "--strict", "--config-file", str(folder / CONFIG.name)]
    code = subprocess.run(command, cwd=folder, check=False).returncode  # noqa: S603  # our own program
    asking = asks_others(folder / "site") if code == 0 else []
    for file in asking:
        print(f"{file} loads something from another host", file=sys.stderr)
    return 1 if code or asking else 0


def stage(folder: Path) -> None:
    """Put everything that is on the site into one folder: the pages, those beside docs/, and what they link to."""
    pages = folder / "docs"
    shutil.rmtree(pages, ignore_errors=True)
    shutil.copytree(ROOT / "docs", pages)
    shutil.copytree(ROOT / "schemas", pages / "schemas")
    shutil.copy(CONFIG, folder)
    for name in OUTSIDE:
        shutil.copy(ROOT / name, pages / name.lower())
    for page in pages.glob("*.md"):
        text = page.read_text(encoding="utf-8").replace("](../schemas/", "](schemas/").replace("](docs/", "](")
        for name in OUTSIDE:
            text = text.replace(f"](../{name})", f"]({name.lower()})").replace(f"]({name})", f"]({name.lower()})")
        page.write_text(text, encoding="utf-8")


def asks_others(site: Path) -> list[Path]:
    """Return the pages and styles that load something from another host."""
    files = [file for kind in ("*.html", "*.css") for file in site.rglob(kind)]
    return sorted(file for file in files if _LOADS.search(file.read_text(encoding="utf-8")))


if __name__ == "__main__":
    sys.exit(build(ROOT / "build"))
