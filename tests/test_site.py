"""The documentation as a site: it builds, every page is reachable, and no page asks another host for anything."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts import site

ROOT = Path(__file__).parent.parent
NAV = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]


@pytest.mark.slow
def test_it_builds(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Strictly: a link that leads nowhere is an error."""
    assert site.build(tmp_path) == 0, capfd.readouterr()
    assert (tmp_path / "site" / "index.html").is_file()


def test_every_page_is_in_the_navigation() -> None:
    """Once, and every entry is a page."""
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} | {name.lower() for name in site.OUTSIDE}
    assert sorted(re.findall(r": (\S+\.md)$", NAV, re.MULTILINE)) == sorted(pages)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ('<script src="https://cdn.example.com/a.js"></script>', True),
        ('<link href="a.css" rel="stylesheet">', False),
        ('<link rel="preconnect" href="https://fonts.example.com">', True),
        ('<img alt="" src="//example.com/a.png">', True),
        ("@font-face { src: url(https://fonts.example.com/a.woff2) }", True),
        ('<a href="https://example.com/">a link is no request</a>', False),
        ('<script src="assets/a.js"></script>', False),
    ],
)
def test_what_asks_another_host_is_seen(text: str, asks: bool, tmp_path: Path) -> None:  # noqa: FBT001 # a table
    """Scripts, styles, fonts and pictures; not what a person has to click on."""
    (tmp_path / "page.html").write_text(text)
    assert bool(site.asks_others(tmp_path)) is asks
