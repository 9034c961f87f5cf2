"""What every tool is given, and what a tool is."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.peers.bed import NetBox
from benchmarks.peers.cluster import Access, served
from benchmarks.peers.proxy import Proxy, counting_proxy

LIMIT_SECONDS = 45 * 60.0


@dataclass(frozen=True)
class Scene:
    """A cluster, an empty NetBox and the proxy before it, and a folder for the tool's own files."""

    cluster: Access
    netbox: NetBox
    proxy: Proxy
    folder: Path

    @property
    def log(self) -> Path:
        """Where the tool's output goes."""
        return self.folder / "log"

    def environment(self, **more: str) -> dict[str, str]:
        """Return an environment that knows nothing of the user's own settings."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8", **more}


@contextmanager
def staged(guests: int, netbox: NetBox) -> Iterator[Scene]:
    """Serve a cluster of so many guests, and put the proxy before NetBox."""
    with (
        tempfile.TemporaryDirectory(prefix="proxbox-peers-") as folder,
        served(guests) as cluster,
        counting_proxy(netbox.url) as proxy,
    ):
        yield Scene(cluster, netbox, proxy, Path(folder))


class Session(Protocol):
    """A tool that is ready to run."""

    def first(self) -> None:
        """Bring an empty NetBox to what Proxmox says."""
        ...

    def second(self) -> None:
        """Do it again, with nothing changed."""
        ...


@dataclass(frozen=True)
class Tool:
    """One row of the table."""

    name: str
    session: Callable[[Scene], AbstractContextManager[Session]]
    """Makes what the tool needs beforehand and starts it, none of which is measured; stops it at the end."""
    pause: float = 0.0
    """Seconds between the two runs, which are not measured either."""
