"""CPU model: a custom CPU model of the datacenter."""

from __future__ import annotations

from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.plugin import endpoint, plugin_kind
from proxbox_plan.model.kind import Field, FieldType, Natural, OnMissing

KIND = plugin_kind(
    "cpu-model",
    "datacenter-cpu-models",
    "proxmoxdatacentercpumodel",
    Field("endpoint", FieldType.REF, to=("proxbox-endpoint",), source="the cluster's endpoint"),
    Field("cluster_name", source="the cluster's name in Proxmox"),
    Field("cputype", source="cputype"),
    Field("base_cputype", source="reported-model"),
    Field("flags", source="flags"),
    Field("vendor_id", source="hv-vendor-id"),
    Field("status", FieldType.CHOICE, source="active"),
    label="cputype",
    natural=(Natural(("endpoint", "cluster_name", "cputype"), "endpoint", "endpoint"),),
    on_missing=OnMissing.DECOMMISSION,
    retired="stale",
    areas=("cpu_models",),
    parent="endpoint",
    record=True,
)


def desired(context: MappingContext) -> None:
    """Desire every custom CPU model."""
    for view in context.clusters:
        for model in view.cluster.cpu_models:
            fields = {
                "endpoint": endpoint.ref(view),
                "cluster_name": endpoint.said_name(view),
                "cputype": clean(model.name, 255),
                "base_cputype": clean(model.base or "", 255),
                "flags": clean(model.flags, 512),
                "vendor_id": clean(model.vendor_id or "", 255),
                "status": "active",
            }
            context.add(
                DesiredObject(
                    KIND.name, Key.of(view.name, "cpu-model", model.name), model.name, fields, cluster=view.name
                )
            )
