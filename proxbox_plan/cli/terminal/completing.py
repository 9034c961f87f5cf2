"""What the shell offers for an argument: our documents, and the clusters of the configuration."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import CompletionItem

from proxbox_plan.core import files


def json_files(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001 # click's interface
    """Offer the JSON files that begin so; where there is none, whatever file the shell itself would offer."""
    folder, slash, start = incomplete.rpartition("/")
    try:
        found = sorted(
            path.name for path in Path(f"{folder}{slash}" or ".").glob("*.json") if path.name.startswith(start)
        )
    except OSError:
        found = []
    return [CompletionItem(f"{folder}{slash}{name}") for name in found] or [CompletionItem(incomplete, type="file")]


def cluster_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001 # click's interface
    """Offer the clusters that the configuration names; nothing when it cannot be read."""
    import yaml  # noqa: PLC0415 # only a shell that completes needs it

    try:
        said = yaml.safe_load(files.read_text(context.params.get("config") or "proxbox.yaml"))
        names = [str(cluster["name"]) for cluster in said["clusters"]]
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError):
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]
