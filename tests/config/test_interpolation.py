"""Environment variables in the texts of the configuration, and never in a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxbox_plan.config import load
from proxbox_plan.config.interpolation import Interpolation
from proxbox_plan.core.errors import ConfigError

ENVIRON = {"SITE": "Berlin", "EMPTY": "", "PVE_TOKEN": "s3cret"}
TEXT = """clusters:
  - name: lab
    host: pve.${{SITE}}.example
    port: "${{PORT:-443}}"
    site: {site}
    token: {{id: "a@pam!${{SITE}}", secret: {secret}}}
{more}
"""


def config(folder: Path, **parts: str) -> Path:
    """Write a configuration."""
    path = folder / "proxbox.yaml"
    path.write_text(TEXT.format(**{"site": "A", "secret": "{env: PVE_TOKEN}", "more": "", **parts}))
    return path


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("${SITE}", "Berlin"),
        ("a-${SITE}-b-${SITE}", "a-Berlin-b-Berlin"),
        ("${EMPTY}", ""),
        ("${EMPTY:-x}", "x"),
        ("${NOWHERE:-x y}", "x y"),
        ("${NOWHERE:-}", ""),
        ("$${SITE}", "${SITE}"),
        ("/^db[0-9]+$/", "/^db[0-9]+$/"),
        ("$SITE $$ $", "$SITE $$ $"),
    ],
)
def test_what_a_text_becomes(text: str, value: str) -> None:
    """A dollar without a bracket is only a dollar; what is filled in is not looked at again."""
    assert Interpolation(ENVIRON).text(text) == value


def test_a_whole_file(tmp_path: Path) -> None:
    """Texts everywhere; the policy and its digest are those of the filled-in file."""
    filled = load(config(tmp_path, site='"${SITE}"'), ENVIRON)
    assert filled.policy.clusters[0].host == "pve.Berlin.example"
    assert (filled.policy.clusters[0].port, filled.policy.clusters[0].site) == (443, "Berlin")
    assert filled.digest == load(config(tmp_path, site="Berlin"), ENVIRON).digest
    assert filled.digest != load(config(tmp_path, site='"${SITE}"'), ENVIRON | {"SITE": "Bonn"}).digest
    assert filled.proxmox("lab").user == "a@pam"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"site": "'${NOWHERE}'"}, "5:11: the environment variable NOWHERE is not set; `${NOWHERE:-...}` gives a"),
        ({"site": "'${SITE'"}, "5:11: `${` must be followed by NAME} or NAME:-default}"),
        ({"site": "'${1}'"}, "5:11: `${` must be followed by NAME}"),
        ({"secret": "'${PVE_TOKEN}'"}, "6:42: a secret cannot be interpolated; reference it: {env: NAME}"),
        ({"secret": "{command: [echo, '${PVE_TOKEN}']}"}, "6:59: a secret cannot be interpolated"),
        ({"site": "'${PVE_TOKEN}'"}, "5:11: the environment variable PVE_TOKEN holds a secret of this configuration"),
    ],
)
def test_what_can_not_be_filled_in(tmp_path: Path, parts: dict[str, str], message: str) -> None:
    """An error with its place; the value of a variable is in none of them."""
    path = config(tmp_path, **parts)
    with pytest.raises(ConfigError) as caught:
        load(path, ENVIRON)
    assert caught.value.message.startswith(f"{path}:{message}")
    assert "s3cret" not in caught.value.message


def test_where_a_secret_is_may_be_filled_in(tmp_path: Path) -> None:
    """The file it is in, as a service manager names it; the secret is read from there."""
    (tmp_path / "pve").write_text("s3cret")
    settings = load(config(tmp_path, secret='{file: "${FOLDER}/pve"}'), ENVIRON | {"FOLDER": str(tmp_path)})
    token = settings.proxmox("lab").token_secret
    assert token is not None
    assert token.get_secret_value() == "s3cret"


def test_a_secret_of_another_file_is_not_filled_in_either(tmp_path: Path) -> None:
    """Which variables hold secrets is known of all files."""
    (tmp_path / "a.yaml").write_text("rules:\n  - set: {comments: '${PVE_TOKEN}'}\n")
    with pytest.raises(ConfigError, match=r"a.yaml:2:21: the environment variable PVE_TOKEN holds a secret"):
        load(config(tmp_path, more="include: [a.yaml]"), ENVIRON)
