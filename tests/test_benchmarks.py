from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import cast

import pytest
import requests

from benchmarks.peers import measuring
from benchmarks.peers.cluster import described
from benchmarks.peers.measuring import Measured, Run
from benchmarks.peers.processes import ToolError, run
from benchmarks.peers.proxy import Counts, Proxy, counting_proxy
from benchmarks.peers.table import COLUMNS, beside, notes, rows
from benchmarks.record import Result, _read
from scripts.pages.performance import _part


class _Echo(BaseHTTPRequestHandler):
    """Answers with what it was sent; everything below `/api/gone/` is a 404."""

    protocol_version = "HTTP/1.1"

    def _echo(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        text = json.dumps({"path": self.path, "host": self.headers["Host"], "body": body.decode()}).encode()
        self.send_response(404 if self.path.startswith("/api/gone/") else 200)
        self.send_header("Content-Length", str(len(text)))
        self.send_header("X-Mark", "kept")
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PATCH = _echo  # noqa: N815 # the names http.server looks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _echoing() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Echo) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_the_proxy_passes_on_and_counts() -> None:
    """What goes through is unchanged, and counted once; links that NetBox makes of the host lead to the proxy."""
    with _echoing() as url, counting_proxy(url) as proxy:
        read = requests.get(f"{proxy.url}/api/a/?name=x%2Fy&name=z", timeout=10)
        written = requests.post(f"{proxy.url}/api/a/", data="text", timeout=10)
        gone = requests.patch(f"{proxy.url}/api/gone/", timeout=10)
        counts, after = proxy.take(), proxy.take()
    assert read.json() == {"path": "/api/a/?name=x%2Fy&name=z", "host": f"127.0.0.1:{proxy.port}", "body": ""}
    assert (read.headers["X-Mark"], written.json()["body"], gone.status_code) == ("kept", "text", 404)
    assert (counts.methods, counts.refused) == (Counter(GET=1, POST=1, PATCH=1), Counter({404: 1}))
    assert (counts.requests, counts.writes, after.requests) == (3, 2, 0)


@pytest.mark.slow
def test_a_program_that_takes_too_long_is_stopped_with_all_it_started(tmp_path: Path) -> None:
    """A limit is a limit, and nothing stays behind."""
    program = ["/bin/sh", "-c", "sleep 3600 & echo $!; wait"]
    log = tmp_path / "log"
    for limit in (1.0, 8.0, 64.0):  # however long it takes a busy machine to start it
        with pytest.raises(ToolError, match=f"not done after {limit:g} s"):
            run(program, {"PATH": os.environ["PATH"]}, tmp_path, log, limit)
        if log.read_text():
            break
    # Whoever is killed is still seen until the kernel has had its turn with it.
    give_up = time.monotonic() + 30
    while _is_running(int(log.read_text())):
        assert time.monotonic() < give_up, "what the program started is still running"
        time.sleep(0.01)


def _is_running(pid: int) -> bool:
    """Whether a process does anything: what is not reaped yet is a zombie."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in "XZ"


def test_a_program_that_fails_says_why(tmp_path: Path) -> None:
    """The last line of its output is the reason."""
    with pytest.raises(ToolError, match="exit code 3: no device"):
        run([sys.executable, "-c", "print('no device'); exit(3)"], {}, tmp_path, tmp_path / "log", 30.0)


@pytest.mark.parametrize(("first", "counts"), [(3.0, 2.0), (300.0, 300.0)])
def test_a_quick_second_run_is_the_median_of_five(first: float, counts: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Luck counts for much of what takes seconds; what takes minutes is measured once."""
    took = iter([first, 1.0, 9.0, 2.0, 1.5])
    monkeypatch.setattr(measuring, "_timed", lambda *_: _run(next(took), GET=1))
    assert measuring._median(lambda: None, cast("Proxy", None)).seconds == counts


def test_the_cluster_has_no_name_twice() -> None:
    """One of the peers ends at the second machine of a name."""
    names = [guest.name.lower() for guest in described(200).guests.values()]
    assert len(set(names)) == len(names) == 200


def test_every_tool_is_compared_with_ours_of_the_same_size() -> None:
    """Ratios are theirs to ours; what stopped a tool is said, and its cells are empty."""
    ours = Measured("ours", 5, _run(2.0, GET=4, POST=6))
    ours.written = Counter({"virtualization/virtual-machines": 5, "dcim/sites": 0})
    ours.second = Run(1.0, Counts(Counter(GET=4), Counter({404: 1})))
    theirs = Measured("theirs", 5, _run(60.0, GET=200), problem="The second run did not come to its end: no.", seeded=3)
    found = [ours, theirs]
    table = rows(found, "ours")
    assert table[0] == ("ours", 5, 2.0, "-", 10, "-", 1.0, "-", 4, "-", 0, 5)
    assert table[1] == ("theirs", 5, 60.0, 30.0, 200, 20.0, "-", "-", "-", "-", "-", 0)
    assert {len(row) for row in table} == {len(COLUMNS)}
    assert notes(found) == (
        "ours, 5 guests: virtual machines 5. Made for it beforehand: nothing.",
        "ours, 5 guests: NetBox refused 1 of its requests, both runs together.",
        "theirs, 5 guests: nothing. Made for it beforehand: 3.",
        "theirs, 5 guests: The second run did not come to its end: no.",
    )


def test_a_peer_is_compared_with_another_row_of_ours_too() -> None:
    """A second run each; of a size that lacks one, nothing is said."""
    kept, theirs, other = (Measured(name, guests) for name, guests in (("kept", 5), ("theirs", 5), ("theirs", 50)))
    kept.second, theirs.second, other.second = _run(1.5, GET=4), _run(180.0, GET=200), _run(1.0)
    assert beside([kept, theirs, other], "kept", "theirs") == (
        "Beside kept, 5 guests: theirs took 120 times as long for its second run, with 50 times the requests.",
    )


def _run(seconds: float, **methods: int) -> Run:
    return Run(seconds, Counts(Counter(methods)))


def test_a_result_without_notes_is_still_read(tmp_path: Path) -> None:
    """Results of before there were notes stay valid; notes stand under their table."""
    old = {"name": "a", "title": "A", "command": "c", "goal": "g", "columns": ["x"], "rows": [[1]]}
    (tmp_path / "old.json").write_text(json.dumps(old))
    (tmp_path / "new.json").write_text(json.dumps({**old, "notes": ["a word"]}))
    table = "| x |\n| --- |\n| 1 |\n"
    assert _read(tmp_path / "old.json") == Result("a", "A", "c", "g", ("x",), ((1,),))
    assert list(_part(_read(tmp_path / "old.json")))[2:-1] == [table]
    assert list(_part(_read(tmp_path / "new.json")))[2:-1] == [table, "* a word\n"]
