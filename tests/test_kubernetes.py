"""The manifests for Kubernetes are valid in each version, as tight as they say, and run commands that exist."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import click
import kubernetes_validate
import pytest
import yaml

from proxbox_plan.cli.main import cli
from proxbox_plan.config import load

BASE = Path(__file__).parent.parent / "examples" / "kubernetes" / "base"
KUSTOMIZATION = yaml.safe_load((BASE / "kustomization.yaml").read_text(encoding="utf-8"))
MANIFESTS = {name: yaml.safe_load((BASE / name).read_text(encoding="utf-8")) for name in KUSTOMIZATION["resources"]}
VERSIONS = ("1.31", "1.34", "1.37")
JOBS = ("drift.yaml", "collect.yaml")


def pod_of(name: str) -> dict[str, Any]:
    """Return the pod that a manifest makes."""
    spec = MANIFESTS[name]["spec"]
    found: dict[str, Any] = spec.get("jobTemplate", {}).get("spec", spec)["template"]["spec"]
    return found


def test_every_file_is_part_of_it() -> None:
    """None lies there that is not applied, and what is generated is there."""
    others = {"kustomization.yaml", *(file for one in KUSTOMIZATION["configMapGenerator"] for file in one["files"])}
    assert {file.name for file in BASE.iterdir()} == {*MANIFESTS, *others}


@pytest.mark.parametrize("version", VERSIONS)
def test_they_are_valid(version: str) -> None:
    """Strictly: a key that does not exist is a setting that does not hold."""
    for manifest in MANIFESTS.values():
        kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.parametrize("name", JOBS)
def test_a_pod_may_do_little(name: str) -> None:
    """No root, no capability, nothing to write but its documents, no token of the cluster; secrets are files."""
    pod = pod_of(name)
    (container,) = pod["containers"]
    assert MANIFESTS["service-account.yaml"]["automountServiceAccountToken"] is False
    assert (pod["securityContext"]["runAsNonRoot"], pod["securityContext"]["runAsUser"]) == (True, 10001)
    allowed = container["securityContext"]
    assert (allowed["readOnlyRootFilesystem"], allowed["allowPrivilegeEscalation"]) == (True, False)
    assert allowed["capabilities"] == {"drop": ["ALL"]}
    assert {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")} == {"/work", "/tmp"}
    assert all("valueFrom" not in variable for variable in container.get("env", ()))


def test_what_the_cron_job_runs_exists() -> None:
    """Its arguments are those of the command."""
    name, *rest = pod_of("drift.yaml")["containers"][0]["args"]
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    command.make_context(name, list(rest), resilient_parsing=True)


def test_each_pod_of_the_indexed_job_collects_its_own_cluster(tmp_path: Path) -> None:
    """As many completions as clusters; the index is the place in the list, and the configuration has them all."""
    job = MANIFESTS["collect.yaml"]["spec"]
    (container,) = pod_of("collect.yaml")["containers"]
    names = container["env"][0]["value"].split()
    assert (job["completions"], job["maxFailedIndexes"]) == (len(names), len(names))
    assert list(load(BASE / "proxbox.yaml", {}).clusters) == names
    (tmp_path / "proxbox").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "proxbox").chmod(0o755)
    said = [
        subprocess.run(  # the line of the example, with a stand-in for proxbox
            ["/bin/sh", *container["command"][1:], *container["args"]],
            env={
                "PATH": f"{tmp_path}:{os.environ['PATH']}",
                "CLUSTERS": " ".join(names),
                "JOB_COMPLETION_INDEX": str(index),
            },
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for index in range(len(names))
    ]
    assert [line.split()[-4:] for line in said] == [["--cluster", name, "--out", f"{name}.json"] for name in names]
