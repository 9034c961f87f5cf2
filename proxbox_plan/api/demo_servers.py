"""Demo: an embedded Proxmox cluster and an embedded NetBox, with a configuration for both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from proxbox_plan.core import files
from proxbox_plan.core.errors import UsageError
from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
from proxbox_plan.demo.netbox import FakeNetBoxThread
from proxbox_plan.demo.netbox.versions import RELEASES
from proxbox_plan.demo.story import a_working_day, endless_days
from proxbox_plan.documents import write_text
from proxbox_plan.model.netbox_versions import NEWEST, version_text

_MARK = "# Written by `proxbox demo`; safe to delete."


@dataclass(frozen=True, slots=True)
class Demo:
    """Two servers that run, and the configuration for them."""

    config: Path
    netbox_url: str
    proxmox_url: str
    _cluster: ClusterDescription

    def working_day(self) -> tuple[str, ...]:
        """Change what a day changes in the cluster; return what that was."""
        return tuple(a_working_day(self._cluster))

    def endless_days(self) -> Iterator[str]:
        """Change something in the cluster at each step."""
        return endless_days(self._cluster)


@contextmanager
def demo(
    folder: Path | str, *, guests: int = 40, seed: int = 1, netbox_version: str = version_text(NEWEST)
) -> Iterator[Demo]:
    """Run both servers while the block runs; the configuration goes into the folder.

    UsageError for a folder that holds anything but an earlier demo, and for a version of NetBox it cannot be.
    """
    releases = {version_text(version): release for version, release in RELEASES.items()}
    if netbox_version not in releases:
        raise UsageError(
            f"The demo cannot be NetBox {netbox_version}", hint=f"Name one of these: {', '.join(releases)}."
        )
    place = Path(folder)
    _prepare(place)
    cluster = ClusterDescription.seeded(seed, guests=guests, nodes=3, name="demo")
    with FakeNetBoxThread(releases[netbox_version]) as netbox, ClusterServer(cluster) as proxmox:
        _configure(place, netbox, proxmox)
        yield Demo(place / "proxbox.yaml", netbox.url, f"https://{proxmox.host}:{proxmox.port}", cluster)


def _prepare(folder: Path) -> None:
    """Make the folder, or clear what an earlier demo left; any other folder stays as it is."""
    config = folder / "proxbox.yaml"
    try:
        if folder.exists() and any(folder.iterdir()):
            if not config.is_file() or not _is_ours(config):
                raise UsageError(f"The folder {folder} is not empty", hint="Name another folder with --folder.")
            for path in (*folder.glob("*.json"), *folder.glob("*.jsonl")):
                path.unlink()
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"Cannot use the folder {folder}: {error.strerror}", hint="Name another folder with --folder."
        ) from None


def _is_ours(config: Path) -> bool:
    with files.claims(alone=True):  # it is written anew
        return files.read_text(config).startswith(_MARK)


def _configure(folder: Path, netbox: FakeNetBoxThread, proxmox: ClusterServer) -> None:
    """Write a configuration for the two servers; secrets go where they belong, into files of their own."""
    write_text(folder / "netbox.token", netbox.token)
    write_text(folder / "proxmox.token", proxmox.token_secret)
    write_text(folder / "proxmox-ca.pem", files.read_text(proxmox.ca_file), private=False)
    write_text(
        folder / "proxbox.yaml",
        f"""{_MARK}
netbox:
  url: {netbox.url}
  token: {{file: netbox.token}}
clusters:
  - name: demo
    host: {proxmox.host}
    port: {proxmox.port}
    token: {{id: "{proxmox.token_id}", secret: {{file: proxmox.token}}}}
    ca_file: proxmox-ca.pem
    site: Demo
mapping:
  create_sites: true
""",
        private=False,
    )
