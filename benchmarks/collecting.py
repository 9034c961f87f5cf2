"""What collecting costs: a cluster that takes 20 ms for each answer, beside the time the answers alone would take.

Run it as `python -m benchmarks.collecting [--record] [GUESTS ...]`. With 16 calls at once nothing can be faster than
calls x 20 ms / 16; the cluster is answered by the embedded replayer, in a process of its own.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from multiprocessing.connection import Connection
from typing import Any

from pydantic import SecretStr

from benchmarks.record import RECORD, Result, show
from proxbox_plan.collector.run import collect
from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
from proxbox_plan.model.connection import ProxmoxConnection

LATENCY = 0.020
WORKERS = 16
GUESTS = (1000,)


def main(arguments: list[str]) -> int:
    """Measure every size that was asked for."""
    sizes = [int(text) for text in arguments if text != RECORD] or list(GUESTS)
    rows = tuple(_measured(guests) for guests in sizes)
    columns = ("guests", "calls", "collect, s", "answers alone, s", "ratio", "endpoints read twice")
    goal = "at most 1.3 times; no endpoint read twice"
    show(Result("collecting", "Collect", "python -m benchmarks.collecting", goal, columns, rows), arguments)
    return 0


def _measured(guests: int) -> tuple[int | float, ...]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs, guests), daemon=True)
    process.start()
    access: dict[str, Any] = ours.recv()
    secret = SecretStr(access.pop("secret"))
    connection = ProxmoxConnection(cluster="lab", token_secret=secret, workers=WORKERS, **access)
    start = time.perf_counter()
    collect([connection])
    took = time.perf_counter() - start
    ours.send("how many?")
    paths: list[str] = ours.recv()
    process.terminate()
    alone = len(paths) * LATENCY / WORKERS
    return guests, len(paths), took, alone, took / alone, len(paths) - len(set(paths))


def _serve(pipe: Connection, guests: int) -> None:
    """Be the cluster, until somebody asks for the calls."""
    description = ClusterDescription.seeded(7, guests=guests, nodes=8, name="lab")
    with ClusterServer(description, latency=LATENCY) as server:
        user, _, name = server.token_id.partition("!")
        pipe.send({
            "host": server.host, "port": server.port, "user": user, "token_name": name, "secret": server.token_secret,
            "ca_file": server.ca_file,
        })  # fmt: skip
        pipe.recv()
        pipe.send([f"{request.path}?{request.query}" for request in server.requests])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
