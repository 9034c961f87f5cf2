"""What NetBox itself would delete or empty along with objects of some types: read from the models of all its apps."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from bed.install import CannotRunError

if TYPE_CHECKING:
    from bed.state import State

# Runs inside NetBox. `TYPES` are its object types; each line is [type, related type, field, effect].
SCRIPT = """
import json
from os import environ
from django.apps import apps
from django.contrib.contenttypes.fields import GenericRelation
from django.db import models

found = []
for label in json.loads(environ["TYPES"]):
    model = apps.get_model(label)
    for field in model._meta.get_fields(include_hidden=True):
        if isinstance(field, GenericRelation):
            found.append([label, field.related_model._meta.label_lower, field.object_id_field_name, "deleted"])
        elif field.auto_created and not field.concrete and (field.one_to_many or field.one_to_one):
            effect = {models.CASCADE: "deleted", models.SET_NULL: "emptied"}.get(field.on_delete)
            if effect:
                found.append([label, field.related_model._meta.label_lower, field.field.name, effect])
        elif field.auto_created and not field.concrete and field.many_to_many:
            found.append([label, field.related_model._meta.label_lower, field.field.name, "emptied"])
print("RELATIONS " + json.dumps(sorted(found)))
"""
MARK = "RELATIONS "


def relations(state: State, types: list[str]) -> list[list[str]]:
    """Return [type, related type, field, `deleted` or `emptied`] for each relation of some types."""
    environment = {**state.netbox_environment(), "TESTBED_DATABASE": "netbox", "TYPES": json.dumps(types)}
    command = [str(state.venv / "bin" / "netbox"), "shell", "--interface", "python", "--command", SCRIPT]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    line = next((line for line in done.stdout.splitlines() if line.startswith(MARK)), None)
    if line is None:
        message = f"`netbox shell` failed: {done.stderr[-500:]}"
        raise CannotRunError(message)
    found: list[list[str]] = json.loads(line.removeprefix(MARK))
    return found
