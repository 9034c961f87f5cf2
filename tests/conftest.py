"""Fixtures for all tests: documents are compared with files that a person can read."""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil
import sys
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import settings
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from proxbox_plan import collect
from proxbox_plan.core.redaction import KNOWN
from tests.contract.client import NetBox
from tests.end_to_end.settled import SettledNetBoxes
from tests.examples import RANDOM, examples
from tests.parts import omitted
from tests.testbed_command import run_testbed

REQUIRED = "PROXBOX_REQUIRE_NETBOX"
URL = "PROXBOX_TEST_NETBOX_URL"
TOKEN = "PROXBOX_TEST_NETBOX_TOKEN"
MEMORY = "/dev/shm"
ROOM = 1 << 30  # bytes

# The same examples in every run: a test that fails only sometimes teaches nothing. Others are a job of their own in CI,
# where `--hypothesis-seed` says which.
settings.register_profile("steady", deadline=None, derandomize=True, max_examples=examples(60))
settings.register_profile("random", deadline=None, print_blob=True, database=None, max_examples=examples(60))
settings.load_profile("random" if RANDOM else "steady")


def _memory() -> str | None:
    """Return a folder in memory, if there is one with room for files and programs."""
    if not os.access(MEMORY, os.W_OK | os.X_OK):
        return None
    found = os.statvfs(MEMORY)
    return MEMORY if found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC else None


# Thousands of files are synced and removed: a third of the time of whole commands goes by waiting for a disk.
if "TMPDIR" not in os.environ and (folder := _memory()):
    os.environ["TMPDIR"] = tempfile.tempdir = folder  # of this process, and of those that it starts

# Compiled once, not in each process that runs tests, or that a test starts: else that is a tenth of their time.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Python's collector looks at young objects every 700 allocations, which is a tenth of the time of all tests.
gc.set_threshold(50_000, 20, 20)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Give each worker of `-n` one half of the tests, not every other few: what files share is then made once."""
    if config.getoption("numprocesses", None) and config.option.dist == "no":
        config.option.dist = "worksteal"


@pytest.hookimpl(tryfirst=True)  # before `-m` selects
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Call `covering` tests slow, leave a part of the other slow ones to other runs, and measure no coverage of those.

    It doubles the time of a test. What is loaded late would be loaded by one of these, unmeasured.
    """
    for item in items:
        if item.get_closest_marker("covering"):
            item.add_marker("slow")
    if others := omitted(items):
        config.hook.pytest_deselected(items=[item for item in items if item in others])
        items[:] = [item for item in items if item not in others]
    if config.pluginmanager.hasplugin("_cov"):
        for module in pkgutil.walk_packages(collect.__path__, f"{collect.__name__}."):
            importlib.import_module(module.name)
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("covering"):
            item.add_marker("no_cover")


def pytest_collection_finish() -> None:
    """Let Python's collector leave alone what was imported for all tests: it took a twentieth of their time."""
    gc.collect()
    gc.freeze()


class TextFile(SingleFileSnapshotExtension):
    """One snapshot, one .txt file."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


class MarkdownFile(TextFile):
    """One snapshot, one .md file."""

    file_extension = "md"


@pytest.fixture
def text_file(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compare with `__snapshots__/.../NAME.txt`."""
    return snapshot.use_extension(TextFile)


@pytest.fixture
def markdown_file(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compare with `__snapshots__/.../NAME.md`."""
    return snapshot.use_extension(MarkdownFile)


@pytest.fixture(autouse=True)
def _known_secrets() -> Iterator[None]:
    """Forget the secrets of each test: a process of its own would not know them, and the next one may mean the word."""
    before = len(KNOWN._forms)  # a process never forgets
    yield
    del KNOWN._forms[before:]


@pytest.fixture(scope="session")
def settled_netboxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SettledNetBoxes]:
    """Give what stories settle again and again on the real NetBox."""
    run_testbed("forget")
    yield SettledNetBoxes(tmp_path_factory.mktemp("settled"), run_testbed)
    run_testbed("forget")


@pytest.fixture(scope="session")
def real_netbox() -> NetBox:
    """Find the real NetBox that the environment names."""
    url, token = os.environ.get(URL), os.environ.get(TOKEN)
    if url and token:
        return NetBox(url, token)
    message = f"no real NetBox: set {URL} and {TOKEN} (`eval $(python testbed/netbox.py env)`)"
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(message)
    pytest.skip(message)
