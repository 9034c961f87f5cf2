"""How large the HTML page of a big plan is, and how long it takes to make, to open and to filter in Chromium.

Run it as `python -m benchmarks.report_html [GUESTS]`; it prints numbers and judges nothing.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from proxbox_plan.report.format import Format
from proxbox_plan.report.rendering import render
from tests.report.browser import Browser, find_browser
from tests.report.large import large_first_plan

GUESTS = 5_000
TIMES = 5
FILTERS = {
    "search for a word": "change({ q: 'web-prod-04' })",
    "search for two words": "change({ q: 'vlan 7 net0' })",
    "one kind": "change({ q: '', kind: 'virtual disk' })",
    "everything again": "change({ kind: '' })",
}
# From the request for the page until it has drawn itself.
OPENED = "performance.getEntriesByType('navigation')[0].loadEventEnd"


def main(guests: int) -> int:
    """Measure, and print a line for each number."""
    program = find_browser()
    if program is None:
        print("no Chromium", file=sys.stderr)
        return 1
    plan = large_first_plan(guests)
    start = time.perf_counter()
    text = render(plan, Format.HTML)
    print(f"{len(plan.changes):,} changes: {len(text.encode()):,} bytes, made in {time.perf_counter() - start:.2f} s")
    with tempfile.TemporaryDirectory() as folder, Browser(program) as browser:
        page = Path(folder) / "page.html"
        page.write_text(text, encoding="utf-8")
        opened = [_opened(browser, page) for _ in range(TIMES)]
        _print("open", opened)
        for name, expression in FILTERS.items():
            _print(name, [_timed(browser, expression) for _ in range(TIMES)])
    return 0


def _opened(browser: Browser, page: Path) -> float:
    browser.open(page.as_uri())
    browser.wait(f"{OPENED} > 0")
    return float(browser.ask(OPENED))


def _timed(browser: Browser, expression: str) -> float:
    """Return the milliseconds until it is drawn: style and layout are done when a height is asked for."""
    work = f"const begun = performance.now(); {expression}; document.body.offsetHeight"
    return float(browser.ask(f"(() => {{ {work}; return performance.now() - begun; }})()"))


def _print(name: str, times: list[float]) -> None:
    middle = statistics.median(times)
    print(f"{name}: {times[0]:.0f} ms the first time, {middle:.0f} ms in the middle, {max(times):.0f} ms at most")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else GUESTS))
