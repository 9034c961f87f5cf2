"""A small NetBox in memory, for the demo, for tests and for benchmarks; its behaviour is checked against a real one."""

from __future__ import annotations

from proxbox_plan.demo.netbox.server import TOKEN, FakeNetBox, Fault, RequestRecord
from proxbox_plan.demo.netbox.thread import FakeNetBoxThread

__all__ = ["TOKEN", "FakeNetBox", "FakeNetBoxThread", "Fault", "RequestRecord"]
