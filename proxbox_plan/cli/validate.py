"""`proxbox validate`: check the configuration and say what it means."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proxbox_plan.cli.options import common_options, config_option
from proxbox_plan.cli.output import Output, pass_output

if TYPE_CHECKING:
    from proxbox_plan.config import Settings
    from proxbox_plan.model.policy import ClusterPolicy


@click.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print the policy and its digest as JSON.")
@common_options
@pass_output
def validate(output: Output, *, config: Path, as_json: bool) -> None:
    """Check the configuration and say what it means; contacts nothing and fetches no secret."""
    from proxbox_plan.cli.settings import load_settings
    from proxbox_plan.model.base import canonical_json

    settings = load_settings(config)
    if as_json:
        policy = settings.policy.model_dump(mode="json")
        output.result(canonical_json({"digest": settings.digest, "policy": policy}))
    else:
        output.result("\n".join(_understood(settings, config)))


def _understood(settings: Settings, config: Path) -> Iterator[str]:
    from proxbox_plan.report.values import harmless

    yield f"{config} is valid."
    yield f"NetBox: {harmless(settings.netbox_url or 'none, so it is good for collecting only')}"
    for cluster in settings.policy.clusters:
        yield f"Cluster {cluster.name} at {settings.address_of(cluster.name)}"
        yield from (f"    {harmless(line)}" for line in _filed(cluster))
    limits = settings.policy.limits
    yield f"Limits: at most {limits.percent} % of a kind's objects, for kinds with at least {limits.minimum}"
    yield f"Digest: {settings.digest}"


def _filed(cluster: ClusterPolicy) -> Iterator[str]:
    yield f"site {cluster.site}" + (f", tenant {cluster.tenant}" if cluster.tenant else "")
    scope = cluster.scope
    if cluster.rules:
        yield f"rules: {len(cluster.rules)}, the first that gives a value wins"
    if scope.include or scope.exclude or scope.vmids:
        yield f"scope: {len(scope.include)} include, {len(scope.exclude)} exclude, {len(scope.vmids)} numbers"
    yield f"templates: {scope.templates}"
