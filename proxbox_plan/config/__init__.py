"""Configuration: reads `proxbox.yaml`, checks it with line and column, and returns connections and a policy."""

from proxbox_plan.config.schema import config_schema, include_schema
from proxbox_plan.config.settings import Settings, load

__all__ = ["Settings", "config_schema", "include_schema", "load"]
