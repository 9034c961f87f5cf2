"""What collecting costs: a cluster that takes 20 ms for each answer, beside the time the answers alone would take.

Run it as `python -m benchmarks.collecting [--record] [GUESTS ...]`. With 16 calls at once nothing can be faster than
calls x 20 ms / 16. The cluster is answered by the embedded replayer, in a process of its own; what collects is another
process, which writes the state, as `proxbox collect` does, so that its memory is its own. How busy the replayer was
tells whether it held the collector up.
"""

from __future__ import annotations

import gc
import multiprocessing
import resource
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from benchmarks.record import RECORD, Result, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LATENCY = 0.020
WORKERS = 16
GUESTS = (1000, 10_000)
COLUMNS = (
    "guests",
    "calls",
    "collect, s",
    "answers alone, s",
    "ratio",
    "state written, s",
    "MiB",
    "replayer busy, %",
    "endpoints read twice",
)


def main(arguments: list[str]) -> int:
    """Measure every size that was asked for."""
    sizes = [int(text) for text in arguments if text != RECORD] or list(GUESTS)
    rows = tuple(_measured(guests) for guests in sizes)
    command = f"python -m benchmarks.collecting {' '.join(map(str, sizes))}"
    goal = "at most 1.3 times; no endpoint read twice; 10,000 guests under 1.5 GB"
    show(Result("collecting", "Collect", command, goal, COLUMNS, rows), arguments)
    return 0


def _measured(guests: int) -> tuple[int | float, ...]:
    with _process(_serve, guests) as cluster:
        access: dict[str, Any] = cluster.recv()
        with _process(_collect, access) as collector:
            collected, written, peak = collector.recv()
        cluster.send("how many?")
        paths, busy = cluster.recv()
    alone = len(paths) * LATENCY / WORKERS
    twice = len(paths) - len(set(paths))
    return guests, len(paths), collected, alone, collected / alone, written, peak, round(100 * busy / collected), twice


@contextmanager
def _process(work: Callable[..., None], *given: Any) -> Iterator[Connection]:
    """Run something in a process of its own, and give the pipe to it."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=work, args=(theirs, *given), daemon=True)
    process.start()
    theirs.close()  # a process that dies ends the pipe, and is not waited for
    with closing(ours):
        try:
            yield ours
        finally:
            process.terminate()
            process.join()


def _serve(pipe: Connection, guests: int) -> None:
    """Be the cluster, until a request asks for the calls and the seconds of a processor that they took."""
    from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer  # noqa: PLC0415 # not the collector's

    description = ClusterDescription.seeded(7, guests=guests, nodes=8, name="lab")
    with ClusterServer(description, latency=LATENCY) as server:
        user, _, name = server.token_id.partition("!")
        start = time.process_time()
        pipe.send(
            {
                "host": server.host,
                "port": server.port,
                "user": user,
                "token_name": name,
                "token_secret": server.token_secret,
                "ca_file": server.ca_file,
            }
        )
        pipe.recv()
        pipe.send(([f"{each.path}?{each.query}" for each in server.requests], time.process_time() - start))


def _collect(pipe: Connection, access: dict[str, Any]) -> None:
    """Do what `proxbox collect` does, and tell the seconds of both halves, and the memory at its highest in MiB."""
    from proxbox_plan.cli.main import RARELY  # noqa: PLC0415 # the benchmark's own process needs none of it
    from proxbox_plan.collect.proxmox.run import collect  # noqa: PLC0415 # as above
    from proxbox_plan.documents import write_document  # noqa: PLC0415 # as above
    from proxbox_plan.model.connection import ProxmoxConnection  # noqa: PLC0415 # as above

    gc.set_threshold(*RARELY)
    connection = ProxmoxConnection(cluster="lab", workers=WORKERS, **access)
    start = time.perf_counter()
    state = collect([connection])
    collected = time.perf_counter()
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        write_document(state, file.name)
    written = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    pipe.send((collected - start, written - collected, peak))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
