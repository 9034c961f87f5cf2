"""Logging: silent as a library, and no record holds a secret or a control character, whoever handles it."""

from __future__ import annotations

import io
import logging
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from proxbox_plan.core.log import LONGEST, ROOT, LineFormatter, get_logger
from proxbox_plan.core.redaction import KNOWN

SECRET = "Planted/Pass word<&>%+1"
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [A-Z]+ clients\.netbox: .*")


@pytest.fixture(params=[LineFormatter, logging.Formatter], ids=["ours", "another"])
def written(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Let a handler write what our loggers say, and this process know a secret."""
    monkeypatch.setattr(KNOWN, "_forms", [])
    KNOWN.learn(SECRET)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(request.param())
    logger = logging.getLogger(ROOT)
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def test_a_library_is_silent() -> None:
    """Not even an error reaches stderr while no program asks for it."""
    code = "from proxbox_plan.core.log import get_logger; get_logger('proxbox_plan.clients.netbox').error('no')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize(
    "text", [SECRET, "/api/?q=Planted%2FPass+word%3C%26%3E%25%2B1", "Authorization: Token Planted/Pass word<&>%+1"]
)
def test_no_secret_in_a_message(written: io.StringIO, text: str) -> None:
    """Neither as it is nor in a query string or a header."""
    get_logger("proxbox_plan.clients.netbox").debug("before %s after", text)
    assert "Planted" not in written.getvalue()
    assert "***" in written.getvalue()


def test_a_message_is_one_printable_line(written: io.StringIO) -> None:
    """Of bounded length: nothing moves the cursor, and nothing looks like another record."""
    get_logger("proxbox_plan.clients.netbox").warning("%s", "a\n2026 ERROR b\x1b[2J\u202e::error ::" + "x" * 9000)
    text = written.getvalue()
    assert text.count("\n") == 1
    assert text.rstrip("\n").isprintable()
    assert "a\\n2026 ERROR b\\x1b[2J\\u202e" in text
    assert len(text) < LONGEST + 200


def test_a_traceback_holds_no_secret(written: io.StringIO) -> None:
    """Its lines stay lines."""
    try:
        {"": 0}[SECRET]
    except KeyError:
        get_logger("proxbox_plan.clients.netbox").exception("failed", stack_info=True)
    text = written.getvalue()
    assert "Planted" not in text
    assert "KeyError: '***'" in text
    assert "Stack (most recent call last):" in text
    assert all(line.isprintable() for line in text.split("\n"))


def test_the_form_of_a_line() -> None:
    """UTC with milliseconds, level, and the package without the first part of its name."""
    record = logging.LogRecord("proxbox_plan.clients.netbox", logging.INFO, __file__, 1, "%s reads", (3,), None)
    record.created, record.msecs = 1769903999.123, 123.0
    assert LineFormatter().format(record) == "2026-01-31T23:59:59.123Z INFO clients.netbox: 3 reads"
    assert LINE.fullmatch(LineFormatter().format(record))
