"""The site as a person reads it, in Chromium: on a telephone, with its search, and with no request to another host."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scripts import site
from tests.report.browser import Browser
from tests.report.test_html_browser import browser

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.slow]
LOCAL = ("data:", "about:", "blob:")
SEARCH = "[...document.querySelectorAll('*')].map((one) => one.shadowRoot).find((one) => one !== null)"
PAGES = sorted(page.stem for page in (site.ROOT / "docs").glob("*.md"))


class _Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing about it."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[str]:
    """Build the site and serve it, where there is a browser to look at it."""
    del browser
    folder = tmp_path_factory.mktemp("site")
    assert site.build(folder) == 0
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder / "site"))) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_nobody_and_fits(page: str, address: str, browser: Browser) -> None:
    """Every request goes to where the page came from; a telephone needs no sideways scrolling."""
    browser.call("Emulation.setDeviceMetricsOverride", width=390, height=740, deviceScaleFactor=2, mobile=True)
    browser.open(f"{address}/{page}.html")
    assert browser.ask("document.querySelector('h1') !== null")
    assert browser.ask("document.documentElement.scrollWidth") <= 390
    assert [asked for asked in browser.asked if not asked.startswith((address, *LOCAL))] == []


def test_the_search_finds(address: str, browser: Browser) -> None:
    """What stands on a page, without a server behind it that searches."""
    browser.call("Emulation.clearDeviceMetricsOverride")
    browser.open(f"{address}/index.html")
    browser.ask("document.querySelector('.md-search__button').click()")
    browser.wait(f"{SEARCH}?.querySelector('input') != null")
    browser.ask(f"{SEARCH}.querySelector('input').focus()")
    browser.call("Input.insertText", text="decommissioning")
    browser.wait(f"{SEARCH}.textContent.includes('Mapping')")
    assert [asked for asked in browser.asked if not asked.startswith((address, *LOCAL))] == []
