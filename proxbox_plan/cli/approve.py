"""`proxbox approve PLAN`: sign that a plan may be applied."""

from __future__ import annotations

from pathlib import Path

import click

from proxbox_plan import api
from proxbox_plan.cli.options import common_options, config_option
from proxbox_plan.cli.terminal.completing import json_files
from proxbox_plan.cli.terminal.files import READ_PATH, WRITTEN_PATH
from proxbox_plan.cli.terminal.output import Output, pass_output
from proxbox_plan.core.errors import UsageError
from proxbox_plan.core.escaping import sanitized
from proxbox_plan.core.sanitize import slug
from proxbox_plan.model.plan import Plan

_KEYS = ("id_ed25519", "id_ed25519_sk", "id_ecdsa", "id_ecdsa_sk", "id_rsa")


@click.command()
@click.argument("file", metavar="PLAN", type=READ_PATH, shell_complete=json_files)
@config_option
@click.option(
    "--key",
    type=READ_PATH,
    metavar="FILE",
    help="SSH key to sign with, or its .pub if an SSH agent has it; by default yours in ~/.ssh.",
)
@click.option(
    "--as", "approver", metavar="NAME", help="Your name in the file of allowed signers; by default looked up there."
)
@click.option("--allowed-signers", metavar="FILE", type=READ_PATH, help="Unless the configuration names the file.")
@click.option("--expect", metavar="DIGEST", help="Approve only these changes: the digest that `plan` and `show` print.")
@click.option(
    "--changes",
    is_flag=True,
    help="Approve what the plan does, also when it is planned again from the same state and configuration, as "
    "pipelines do after a merge.",
)
@click.option(
    "--out", "-o", metavar="FILE", type=WRITTEN_PATH, help="Approval file; by default PLAN.approval-NAME.json."
)
@common_options
@pass_output
def approve(
    output: Output,
    *,
    file: Path,
    config: Path,
    key: Path | None,
    approver: str | None,
    allowed_signers: Path | None,
    expect: str | None,
    changes: bool,
    out: Path | None,
) -> None:
    """Sign that a plan may be applied, with your SSH key (`ssh-keygen -Y sign`). Read `proxbox show PLAN` first."""
    settings = api.load(config)
    plan = api.read_as(file, Plan)
    if expect is not None:
        api.check_expected(plan, expect)
    approval = api.approve(
        settings,
        plan,
        key=key or _own_key(),
        approver=approver,
        allowed_signers=allowed_signers,
        changes=changes,
    )
    target = out or file.with_name(f"{file.stem}.approval-{slug(approval.approver)}.json")
    api.write_text(target, approval.to_json(), private=False)
    what = f"{'the changes of ' if changes else ''}the plan {plan.id}"
    output.note(f"{sanitized(approval.approver)} approves {what}: {api.summary(plan)}")
    output.note(f"Changes: {plan.changes_digest}")
    output.note(f"Wrote {target}.")


def _own_key() -> Path:
    folder = Path.home() / ".ssh"
    found = next((folder / name for name in _KEYS if (folder / name).is_file()), None)
    if found is None:
        raise UsageError(f"There is no SSH key in {folder}", hint="Name one: --key FILE")
    return found
