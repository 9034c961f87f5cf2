"""`proxbox validate`: check and explain the configuration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proxbox_plan import api
from proxbox_plan.cli.options import common_options, config_option
from proxbox_plan.cli.terminal.files import READ, WRITTEN_PATH
from proxbox_plan.cli.terminal.output import Output, pass_output
from proxbox_plan.core.escaping import sanitized

if TYPE_CHECKING:
    from proxbox_plan.model.policy import ClusterPolicy
    from proxbox_plan.model.policy.mapping_test import TestResult

SHARED_RULES = ("rules", "node_rules", "cluster_rules", "address_rules")


@click.command()
@config_option
@click.option("--tests", metavar="GLOB", help="Mapping tests to run; by default mapping-tests/*.yaml beside FILE.")
@click.option("--check-tests", metavar="GLOB", help="Check tests to run; by default check-tests/*.yaml beside FILE.")
@click.option("--junit", type=WRITTEN_PATH, metavar="FILE", help="Also write the results as JUnit XML.")
@click.option("--explain", metavar="GUEST", help="Show which rule gives a guest, node, cluster or address which value.")
@click.option(
    "--state",
    default="state.json",
    show_default=True,
    metavar="FILE",
    type=READ,
    help="State file that --explain reads.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the policy, its digest and the results as JSON.")
@common_options
@pass_output
def validate(
    output: Output,
    *,
    config: Path,
    tests: str | None,
    check_tests: str | None,
    junit: Path | None,
    explain: str | None,
    state: str,
    as_json: bool,
) -> int:
    """Check the configuration, say what it means, and run the mapping tests and check tests.

    It contacts nothing and fetches no secret.

    With --explain it looks into a saved state instead: what one guest gets in NetBox, which rule or default gave each
    value, and why the other rules did not.
    """
    settings = api.load(config)
    if explain is not None:
        _explain(output, settings, explain, state, as_json=as_json)
        return 0
    for words in settings.absent_files:  # it may be valid elsewhere
        output.warning(f"{config}: {words}")
    results = (
        *api.run_mapping_tests(settings, config, tests),
        *api.run_check_tests(settings, config, check_tests),
    )
    if junit is not None:
        _write_junit(results, junit)
    if as_json:
        output.result(_as_json(settings, results))
    else:
        output.result("\n".join(_understood(settings, config)))
        if results:
            output.result(api.render_test_results(results))
    return 1 if any(result.failures for result in results) else 0


def _explain(output: Output, settings: api.Settings, wanted: str, state: str, *, as_json: bool) -> None:
    found = api.explain(settings, api.read_states(state), wanted)
    data = [item.model_dump(mode="json") for item in found]
    output.result(api.json_text(data) if as_json else api.render_explanations(found))


def _write_junit(results: Sequence[TestResult], file: Path) -> None:
    api.write_text(file, api.render_test_results(results, junit=True), private=False)


def _as_json(settings: api.Settings, results: Sequence[TestResult]) -> str:
    policy = settings.policy.model_dump(mode="json")
    tests = [result.model_dump(mode="json") for result in results]
    return api.json_text({"digest": settings.digest, "policy": policy, "tests": tests})


def _understood(settings: api.Settings, config: Path) -> Iterator[str]:
    yield f"{config} is valid."
    yield f"NetBox: {sanitized(settings.netbox_url or 'none, so it is good for collecting only')}"
    shared = {name: len(getattr(settings.policy, name)) for name in SHARED_RULES}
    if any(shared.values()):
        counts = ", ".join(f"{name} {count}" for name, count in shared.items() if count)
        yield f"For all clusters: {counts}"
    for cluster in settings.policy.clusters:
        yield f"Cluster {cluster.name} at {settings.address_of(cluster.name)}"
        yield from (f"    {sanitized(line)}" for line in _filed(cluster))
    severities = Counter(check.severity for check in settings.policy.checks)
    if severities:
        yield f"Checks: {', '.join(f'{severity} {count}' for severity, count in sorted(severities.items()))}"
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
