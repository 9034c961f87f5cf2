"""NetBox settings from the `PROXBOX_NETBOX_*` environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError

from proxbox_plan.config.file import NetBoxSection
from proxbox_plan.core.errors import ConfigError

VARIABLES: Final[Mapping[str, str]] = {
    "PROXBOX_NETBOX_TIMEOUT": "timeout",
    "PROXBOX_NETBOX_MAX_RETRIES": "max_retries",
    "PROXBOX_NETBOX_RETRY_DELAY": "retry_delay",
    "PROXBOX_NETBOX_MAX_CONCURRENT": "max_concurrent",
}


def overridden(section: NetBoxSection, environ: Mapping[str, str]) -> NetBoxSection:
    """Return `section` with the values of the environment; empty variables are ignored."""
    for variable, field in VARIABLES.items():
        text = environ.get(variable, "").strip()
        if text:
            section = _with(section, field, text, variable)
    return section


def _with(section: NetBoxSection, field: str, text: str, variable: str) -> NetBoxSection:
    try:
        return NetBoxSection.model_validate(section.model_dump() | {field: text})
    except ValidationError as error:
        message = error.errors(include_url=False, include_input=False)[0]["msg"].replace("Input should", "must")
        hint = f"Correct the variable, or unset it to use `netbox.{field}` of the configuration."
        raise ConfigError(f"Environment variable {variable}: {message}", hint=hint) from error
