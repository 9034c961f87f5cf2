"""Checks: the configuration's own rules about a plan, as sandboxed expressions over each change.

An expression sees `change` (address, kind, action, reason, name, cluster, fields) and nothing else. It cannot loop,
import or call anything but Jinja2's sanitized filters and tests, and what it may compute is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import ChainableUndefined, TemplateError

from proxbox_plan.core.errors import ConfigError
from proxbox_plan.model.plan import Change, CheckHit, FieldChange
from proxbox_plan.model.policy import Check
from proxbox_plan.rules.sandbox import LARGEST, Sandbox, words_of

LONGEST = 1000  # characters of an expression


class _Absent(ChainableUndefined):
    """A field that a change does not touch: it compares to nothing, so that expressions need not ask first."""

    def _never(self, other: Any) -> bool:
        del other
        return False

    __lt__ = __le__ = __gt__ = __ge__ = _never  # type: ignore[assignment]  # Jinja2's raise, these answer


_SANDBOX = Sandbox(_Absent)


def compiled(expression: str) -> Callable[..., Any]:
    """Return the expression as a function of `change`; ConfigError when it is none."""
    if len(expression) > LONGEST:
        raise ConfigError(f"The expression is longer than {LONGEST} characters", hint="Split it into several checks.")
    try:
        return _SANDBOX.compile_expression(expression, undefined_to_none=True)
    except (TemplateError, RecursionError, SyntaxError, MemoryError) as error:
        raise ConfigError(
            f"The expression is invalid: {words_of(error)}", hint='For example: change.action == "delete"'
        ) from None


def run_checks(changes: Iterable[Change], checks: Iterable[Check]) -> tuple[CheckHit, ...]:
    """Return the checks that any change meets, with the addresses of those changes.

    A check that fails to compute counts as met: what cannot be judged is not permitted.
    """
    compiled_checks = [(check, compiled(check.when)) for check in checks]
    if not compiled_checks:
        return ()
    views = [(change.address, _view(change)) for change in changes]
    hits = (
        (check, [address for address, view in views if _meets(function, view)]) for check, function in compiled_checks
    )
    return tuple(
        CheckHit(name=check.name, effect=check.effect, label=check.label, message=check.message, addresses=tuple(found))
        for check, found in hits
        if found
    )


def _meets(function: Callable[..., Any], view: Mapping[str, Any]) -> bool:
    try:
        return bool(function(change=view))
    except Exception:  # noqa: BLE001 # whatever the expression does wrong: fail closed
        return True


def _view(change: Change) -> dict[str, Any]:
    fields = {item.field: _sides(item) for item in change.fields}
    return {
        "address": change.address,
        "kind": change.kind,
        "action": change.action.value,
        "reason": change.reason.value,
        "name": change.name,
        "cluster": change.cluster,
        "fields": fields,
    }


def _sides(item: FieldChange) -> dict[str, Any]:
    """Return both sides of a field; an empty one is omitted, so that it compares to nothing."""
    sides = {"before": _plain(item.before), "after": _plain(item.after)}
    return {name: value for name, value in sides.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return value.get("name")
    return value[:LARGEST] if isinstance(value, str) else value
