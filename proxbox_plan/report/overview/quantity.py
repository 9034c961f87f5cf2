"""Quantities in the units that people read: `8 GiB`, not 8192."""

from __future__ import annotations

from proxbox_plan.model.plan import Units

_STEPS = {
    "binary": (1024, ("B", "KiB", "MiB", "GiB", "TiB", "PiB")),
    "decimal": (1000, ("B", "KB", "MB", "GB", "TB", "PB")),
}
_MEGA = 2  # place of MiB and MB
_PARTS = 4  # a unit is taken when the number in it has no more than quarters: nothing is rounded


def quantity(value: float, unit: str, units: Units) -> str:
    """Return a number of bytes (`B`), MiB, or what the configuration counts in (`size`), with its unit and exactly."""
    step, names = _STEPS["binary" if unit == "MiB" else units]
    place = 0 if unit == "B" else _MEGA
    while value >= step and (value * _PARTS) % step == 0 and place + 1 < len(names):
        value, place = value / step, place + 1
    return f"{value:,.2f}".rstrip("0").rstrip(".") + f" {names[place]}"
