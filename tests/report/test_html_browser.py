"""The HTML page as a person uses it, in Chromium: search, filters, keys, themes, a telephone, and no request."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from proxbox_plan.report.format import Format
from proxbox_plan.report.rendering import render
from proxbox_plan.report.subject import Subject
from tests.builders import busy_plan
from tests.plan.lab import now, vm, world
from tests.report.browser import Browser, find_browser
from tests.report.large import large_first_plan
from tests.report.subjects import VALUES, hostile, subjects

pytestmark = [pytest.mark.browser, pytest.mark.slow]
REQUIRED = "PROXBOX_REQUIRE_CHROMIUM"
Opened = Callable[..., Browser]

MACHINES = ["db101", "mail", "web9", "web104", "old", "web100"]
NAMES = "[...document.querySelectorAll('#list .name')].map((one) => one.firstChild.data)"
FOCUSED = "document.activeElement.querySelector('.name')?.firstChild.data"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a browser for all tests of this file."""
    program = find_browser()
    if program is None:
        if os.environ.get(REQUIRED) == "1":
            pytest.fail("no Chromium")
        pytest.skip("no Chromium")
    with Browser(program) as found:
        yield found


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Opened:
    """Give a way to look at a subject's page, with a part of its address behind the `#`."""

    def look(subject: Subject, fragment: str = "") -> Browser:
        page = tmp_path / "page.html"
        page.write_text(render(subject, Format.HTML), encoding="utf-8")
        browser.call("Emulation.clearDeviceMetricsOverride")
        browser.open(f"{page.as_uri()}#{fragment}")
        return browser

    return look


def test_everything_is_there(opened: Opened) -> None:
    """The verdict, what stands in the way, the counts, the lists."""
    page = opened(busy_plan())
    verdict = page.ask("document.getElementById('verdict').textContent")
    assert verdict.startswith("REFUSED: over a change limit. Plan: 6 machines (1 moved, 3 changed")
    assert "Over a change limit" in page.ask("document.getElementById('alerts').textContent")
    assert page.ask("[...document.querySelectorAll('.tile')].map((one) => one.textContent)") == [
        "1moved",
        "3changed",
        "1taken over",
        "1new",
    ]
    lists = "Machines6By kind7Deferred1Problems1Preserved1Left alone1"
    assert page.ask("document.getElementById('tabs').textContent") == lists
    assert page.ask(NAMES) == MACHINES


def test_a_machine_holds_what_changes_of_it(opened: Opened) -> None:
    """Its own fields, then each part under its name; ids only once it is opened."""
    page = opened(busy_plan(), "open=lab/qemu/104")
    text = page.ask("document.querySelector('details[open] .inside').textContent")
    assert "lab/qemu/104" in text
    assert "delete VM interface web104 net1" in text
    assert "1500" in text
    assert page.ask("document.getElementById('list').textContent").count("lab/qemu/") == 1


@pytest.mark.parametrize("about", subjects())
def test_every_subject_has_a_page_without_a_fault(about: str, opened: Opened) -> None:
    """Nothing in the console, rows in the list, and no request but for the page itself."""
    page = opened(subjects()[about])
    assert page.ask(NAMES)
    assert page.said == []
    assert [address for address in page.asked if not address.startswith(("file:", "data:"))] == []


def test_a_row_says_every_sort_of_change(opened: Opened) -> None:
    """A size from and to, and of tags what comes and goes."""
    made = now(world(vm(100)), vm(100, memory_mib=8192, tags=("a", "b")))
    row = opened(made.plan()).ask("document.querySelector('#list').textContent")
    assert "memory 2 GiB → 8 GiB" in row
    assert "tags +a +b" in row


@pytest.mark.parametrize(
    ("fragment", "names"),
    [
        ("q=db101", ["db101"]),
        ("q=WEB+net1", ["web104"]),
        ("q=GiB", ["db101"]),
        ("q=nothing-has-this", []),
        ("status=moved", ["db101"]),
        ("why=pve2", ["db101", "web9"]),
        ("tab=changes&kind=tag", ["Proxbox"]),
        ("tab=changes&q=WEB+net1", ["web104 net1"]),
        ("tab=changes&status=create&kind=virtual+machine", ["web100"]),
        ("tab=changes&cluster=shared+by+all+clusters", ["Proxbox"]),
        ("tab=changes&why=moved+to+another+node", ["db101"]),
        ("tab=deferred", ["lost"]),
        ("tab=no-such-tab", MACHINES),
    ],
)
def test_an_address_shows_what_it_says(fragment: str, names: list[str], opened: Opened) -> None:
    """So a link to a filtered page can be passed on."""
    assert opened(busy_plan(), fragment).ask(NAMES) == names


def test_an_address_opens_a_row(opened: Opened) -> None:
    """With every field, before and after, and who changed it."""
    page = opened(busy_plan(), "tab=changes&open=virtual-machine:lab/qemu/101")
    cells = page.ask("[...document.querySelectorAll('details[open] td')].map((one) => one.textContent)")
    assert cells == ["device", "pve1 → pve2", "Changed in Proxmox", "memory", "2 GiB → 4 GiB", "Changed in Proxmox"]


def test_the_keyboard_is_enough(opened: Opened) -> None:
    """`/` and a word, down, Enter; j and k move on; Escape shows everything again."""
    page = opened(busy_plan(), "tab=changes")
    page.press("/", "w", "e", "b", "Enter")
    assert "q=web" in page.ask("location.hash")
    assert page.ask(FOCUSED) == "web100"
    page.press("j", "ArrowDown", "k")
    assert page.ask(FOCUSED) == "web104 net1"
    page.press("Enter")
    page.wait("document.querySelector('details[open] .inside') !== null")
    assert "vm-interface:lab/qemu/104/net1" in page.ask("document.querySelector('details[open]').textContent")
    page.press("Escape")
    assert len(page.ask(NAMES)) == 7


def test_tiles_and_bars_filter(opened: Opened) -> None:
    """A click on a count shows what was counted, another click everything."""
    page = opened(busy_plan(), "tab=changes")
    page.ask("document.querySelector('.tile.bad').click()")
    assert page.ask(NAMES) == ["web104 net1"]
    page.ask("document.querySelector('.tile.bad').click()")
    page.ask("document.querySelector('.bar').click()")
    assert page.ask(NAMES) == ["Proxbox"]


def test_light_and_dark(opened: Opened) -> None:
    """As the system says, until the reader presses `t`."""
    page = opened(busy_plan())
    back = "getComputedStyle(document.documentElement).backgroundColor"
    colors = {}
    for scheme in ("light", "dark"):
        page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        colors[scheme] = page.ask(back)
    assert colors["light"] != colors["dark"]
    page.press("t")
    assert page.ask(back) == colors["light"]
    page.press("t")
    assert page.ask(back) == colors["dark"]


def test_a_telephone_needs_no_sideways_scrolling(opened: Opened) -> None:
    """Not even for a value without a space."""
    page = opened(hostile("x" * 5000)["plan"], "open=device:b")
    page.call("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=2, mobile=True)
    assert page.ask("document.documentElement.scrollWidth") <= 360


def test_a_large_plan_is_drawn_in_pieces(opened: Opened) -> None:
    """Some rows of 5,000 machines; the search sees all of them, and their parts."""
    page = opened(large_first_plan())
    assert len(page.ask(NAMES)) < 1000
    page.ask("change({ q: 'web-prod-05099 10.0.19.235' })")
    assert page.ask("document.getElementById('found').textContent") == "1 of 5,000"


@pytest.mark.parametrize("value", VALUES)
def test_hostile_values_stay_text(value: str, opened: Opened) -> None:
    """Nothing runs, nothing is requested, no element is there that we did not make."""
    page = opened(hostile(value)["plan"], "open=device:b")
    assert page.said == []
    assert [address for address in page.asked if not address.startswith(("file:", "data:"))] == []
    made = set(page.ask("[...document.querySelectorAll('main *')].map((one) => one.localName)"))
    known = {
        "section",
        "p",
        "button",
        "b",
        "span",
        "small",
        "i",
        "nav",
        "form",
        "input",
        "select",
        "option",
        "div",
        "details",
        "summary",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "del",
        "ins",
        "noscript",
    }
    assert made <= known
