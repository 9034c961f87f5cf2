"""The files that `proxbox init` writes: valid templates, with the user's values filled in."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

from proxbox_plan.api.configuration import load
from proxbox_plan.core import files
from proxbox_plan.core.errors import ConfigError, DocumentError, UsageError
from proxbox_plan.documents import write_text

_WHERE: Final = re.compile(r"(env|file):(.+)")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Answers:
    """What `proxbox init` needs to know; the defaults are the values in the templates."""

    netbox_url: str = "https://netbox.example.com"
    netbox_token: str = "env:NETBOX_TOKEN"  # noqa: S105  # where it is
    cluster: str = "lab"
    host: str = "pve.example.com"
    token_id: str = "netbox@pve!sync"  # noqa: S105  # the part that is public
    token_secret: str = "env:PVE_TOKEN"  # noqa: S105  # where it is
    site: str = "DC1"
    ci: str = "github"
    install: str = ""


DEFAULTS: Final = Answers()
CONFIG: Final = "proxbox.yaml"

_SCRIPTS: Final = (
    "install",
    "forge",
    "approvals",
    "previous",
    "plan",
    "comment",
    "pull-request",
    "reviewed",
    "apply",
    "auto",
    "lost",
    "drift",
    "issue",
    "propose",
)

# For each CI system: where a file goes -> which template.
CI: Final[Mapping[str, Mapping[str, str]]] = {
    "github": {
        **{
            f".github/workflows/netbox-{name}.yml": f"github/workflows/netbox-{name}.yml"
            for name in ("plan", "apply", "drift", "collect", "auto")
        },
        **{f".github/proxbox/{name}.sh": f"github/scripts/{name}.sh" for name in _SCRIPTS},
        ".github/proxbox/requirements.lock": "requirements.lock",
    },
    "gitlab": {
        ".gitlab-ci.yml": "gitlab/gitlab-ci.yml",
        **{f".gitlab/proxbox/{name}": f"gitlab/{name}" for name in ("gitlab.py", "apply.yml", "nothing.yml")},
    },
    "none": {},
}


def texts(answers: Answers) -> dict[str, str]:
    """Return every file with its text, by its place in the repository; invalid answers are refused."""
    found = {CONFIG: _config(answers), ".gitignore": _ignored(answers)}
    _check(found[CONFIG])
    return {**found, **{place: _pipeline(template, answers) for place, template in CI[answers.ci].items()}}


def write_new(folder: Path, wanted: Mapping[str, str]) -> tuple[list[Path], list[Path]]:
    """Write the files that are not there yet, all or none; return those that were written and those that were there."""
    places = {folder / place: text for place, text in wanted.items()}
    kept = [place for place in places if place.is_symlink() or place.exists()]
    written: list[Path] = []
    try:
        for place in (place for place in places if place not in kept):
            _make_folder(place.parent)
            write_text(place, places[place], private=False)
            written.append(place)
    except BaseException:
        for place in written:
            with suppress(OSError):
                place.unlink()
        raise
    return written, kept


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise DocumentError(f"Cannot create the folder {folder}: {reason}", hint="Choose another folder.") from error


def _template(name: str) -> str:
    return (
        resources.files("proxbox_plan.api.init_files")
        .joinpath("templates", *name.split("/"))
        .read_text(encoding="utf-8")
    )


def _config(answers: Answers) -> str:
    text = _template(CONFIG)
    for before, after in (
        (f"url: {DEFAULTS.netbox_url}", f"url: {_scalar(answers.netbox_url)}"),
        (f"token: {_reference(DEFAULTS.netbox_token)}", f"token: {_reference(answers.netbox_token)}"),
        (f"- name: {DEFAULTS.cluster} ", f"- name: {_scalar(answers.cluster)} "),
        (f"host: {DEFAULTS.host}", f"host: {_scalar(answers.host)}"),
        (f'id: "{DEFAULTS.token_id}"', f"id: {json.dumps(answers.token_id)}"),
        (f"secret: {_reference(DEFAULTS.token_secret)}", f"secret: {_reference(answers.token_secret)}"),
        (f"site: {DEFAULTS.site} ", f"site: {_scalar(answers.site)} "),
    ):
        text = text.replace(before, after, 1)
    return text


def _ignored(answers: Answers) -> str:
    """Return .gitignore: pipelines compare with the state of the last merge, so that one is kept."""
    text = _template("gitignore")
    return text if answers.ci == "none" else text.replace("state.json\n", "", 1)


def _pipeline(template: str, answers: Answers) -> str:
    text = _template(template)
    if template.endswith(".yml"):
        for default, answer in (
            (DEFAULTS.netbox_token, answers.netbox_token),
            (DEFAULTS.token_secret, answers.token_secret),
        ):
            text = re.sub(rf"\b{_name_of(default)}\b", _name_of(answer), text)
    return text.replace('PROXBOX_SOURCE: ""', f"PROXBOX_SOURCE: {json.dumps(answers.install)}", 1)


def _name_of(where: str) -> str:
    """Return the variable that holds a secret: a pipeline has no other place for it."""
    if not where.startswith("env:"):
        raise UsageError(
            f"A pipeline takes a secret from a variable, not from '{where}'",
            hint="Name a variable (env:NAME), or write no pipelines: --ci none.",
        )
    _reference(where)
    return where.removeprefix("env:")


def _reference(where: str) -> str:
    """Return the reference to a secret as YAML."""
    found = _WHERE.fullmatch(where)
    if found is None or (found[1] == "env" and not _VARIABLE.fullmatch(found[2])):
        raise UsageError(
            "The configuration holds a reference to a secret, never the secret itself",
            hint="Give env:NAME or file:PATH.",
        )
    return f"{{{found[1]}: {_scalar(found[2])}}}"


def _scalar(value: str) -> str:
    """Return a value as YAML, without quotes where it needs none."""
    plain = re.fullmatch(r"(https?://)?[A-Za-z_][\w.-]*(:\d+)?(/[\w./-]*)?", value, re.ASCII)
    return (
        value
        if plain and value.lower() not in {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
        else json.dumps(value)
    )


def _check(config: str) -> None:
    """Refuse answers that make no valid configuration, before any file is written."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / CONFIG
        try:
            with files.claims(alone=True):
                write_text(path, config)
            with files.claims(alone=True):
                load(path)
        except ConfigError as error:
            message = re.sub(r"^\S+?:\d+:\d+: ", "", error.message)
            raise UsageError(message, hint="Correct the answer, or the option of that name.") from None
