"""A fake NetBox in memory, for the demo, tests and benchmarks; contract tests compare it with a real one."""

from __future__ import annotations

from proxbox_plan.demo.netbox.server import TOKEN, FakeNetBox, Fault, RequestRecord
from proxbox_plan.demo.netbox.thread import FakeNetBoxThread

__all__ = ["TOKEN", "FakeNetBox", "FakeNetBoxThread", "Fault", "RequestRecord"]
