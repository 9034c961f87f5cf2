"""Secrets that can be found again wherever they leak to, and a stage that holds all of them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.demo.netbox import FakeNetBox
from tests.end_to_end.stage import Said, Stage

NETBOX_V1 = "0123456789planted0netbox0v10token0abcdef"
NETBOX_V2_SECRET = "PlantedNetBoxV2SecretHalfxxxxxxxxxxxxxxx"
NETBOX_V2 = f"nbt_PlantedKey12.{NETBOX_V2_SECRET}"
PROXMOX_SECRET = "facade00-5ec2-4e75-beef-5ec2e7c0ffee"
PASSWORD = "Planted/Pass word<&>%+1"
LOG = "debug.log"
GUEST_SECRETS = ("planted-cipassword", "planted-ssh-key", "planted-args", "planted-cicustom", "planted-vnc-password")
ALL = (NETBOX_V1, NETBOX_V2_SECRET, PROXMOX_SECRET, PASSWORD, *GUEST_SECRETS)


def guarded_cluster() -> ClusterDescription:
    """Return a small cluster whose guests' configurations hold secrets."""
    cluster = ClusterDescription.seeded(1, guests=6, nodes=1, name="lab")
    password, key, arguments, custom, vnc = GUEST_SECRETS
    secret_lines: dict[str, str | int] = {
        "cipassword": password,
        "sshkeys": quote(f"ssh-ed25519 {key} a@b\n"),
        "ciuser": "admin",
        "args": f"-vnc 0.0.0.0:77,password={arguments}",
        "cicustom": f"user=local:snippets/{custom}.yaml",
        "vga": f"type=std,clipboard={vnc}",
        "hookscript": f"local:snippets/{custom}.pl",
    }
    for vmid in list(cluster.guests):
        cluster.guests[vmid] = replace(cluster.guests[vmid], cloud_init=True, extra=dict(secret_lines))
    return cluster


@dataclass
class Planted:
    """A stage with planted secrets."""

    stage: Stage
    netbox: FakeNetBox

    def run(self, *arguments: str) -> Said:
        """Run one command with `--debug` and a log of everything; look everywhere for what must not be there."""
        said = self.stage.run(*arguments, "--debug", "--log-level", "debug", "--log-file", LOG)
        self.search(said)
        assert (self.stage.folder / LOG).stat().st_size
        return said

    def search(self, said: Said) -> None:
        """Look into what a command said and into every file it left."""
        self.search_text("stdout", said.out)
        self.search_text("stderr", said.err)
        for path in self.files():
            self.search_text(path.name, path.read_text(errors="replace"))

    def files(self) -> Iterator[Path]:
        """Yield every file below the folder."""
        return (path for path in self.stage.folder.rglob("*") if path.is_file())

    @staticmethod
    def search_text(place: str, text: str) -> None:
        """Fail when a secret stands in a text, in any spelling."""
        for secret in ALL:
            for form in (secret, quote(secret, safe=""), b64encode(secret.encode()).decode()):
                assert form not in text, f"{secret} in {place}: {_around(text, form)}"


def _around(text: str, form: str) -> str:
    at = text.index(form)
    return text[max(0, at - 200) : at + len(form) + 100]
