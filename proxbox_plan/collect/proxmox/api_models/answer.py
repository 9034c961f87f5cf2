"""How responses of Proxmox are parsed: which types are accepted, and how rows are checked."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from proxbox_plan.clients.proxmox.answer import one_line
from proxbox_plan.collect.proxmox.parse.grammar import LAST_SECOND, parse_flag, parse_names

UNKNOWN = "unknown"
# Proxmox's own bounds: a number beyond them is not valid, and no database stores it.
LARGEST_VMID = 999_999_999
MOST_CPUS = 8192
LARGEST_INTEGER = 2**31 - 1
LARGEST_UNSIGNED = 2**32 - 1
LARGEST_BYTES = 2**63 - 1


def _flag(value: object) -> object:
    return parse_flag(value) if isinstance(value, str) else False if value is None else value


def number(value: object) -> object:
    """Return what may be a number: a text of one, too, and null for an empty one."""
    if isinstance(value, bool):
        raise ValueError("a boolean is no number")  # noqa: TRY004 # pydantic reports only this one
    if isinstance(value, str):
        return value.strip() or None
    return value


def _text(value: object) -> object:
    """Return a text as it is, and a number as text: Perl does not tell the two apart. A boolean is neither."""
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if numeric else value


def _some_text(value: object) -> object:
    return None if value == "" else _text(value)


def _plain_text(value: object) -> object:
    return "" if value is None else _text(value)


def _status(value: object) -> object:
    return UNKNOWN if value is None or value == "" else _text(value)


def _maybe_flag(value: object) -> object:
    return None if value is None or value == "" else _flag(value)


def _option_text(value: object) -> object:
    """Return a mapping as the option line it stands for: Proxmox returns either form."""
    if isinstance(value, dict) and value:
        return ",".join(f"{key}={_option_value(each)}" for key, each in sorted(value.items()))
    return _some_text(value)


def _option_value(value: object) -> object:
    if isinstance(value, bool | list | dict):
        raise ValueError("an option is no number and no text")  # noqa: TRY004 # pydantic reports only this one
    return _plain_text(value)


def _list_of_names(value: object) -> object:
    if isinstance(value, list):
        return sorted(set(value)) if all(isinstance(name, str) for name in value) else value
    return parse_names(value) if isinstance(value, str) else () if value is None else value


def _text_of_names(value: object) -> object:
    if value == []:
        raise ValueError("an empty list: where there is none, Proxmox has no names, or an empty text")
    return _list_of_names(value)


Needed = Annotated[int, BeforeValidator(number), Field(ge=0, le=LARGEST_INTEGER)]
Flag = Annotated[bool, BeforeValidator(_flag)]
WholeNumber = Annotated[int | None, BeforeValidator(number)]
Count = Annotated[Annotated[int, Field(ge=0, le=MOST_CPUS)] | None, BeforeValidator(number)]
Share = Annotated[Annotated[float, Field(ge=0, le=MOST_CPUS)] | None, BeforeValidator(number)]
MaybeFlag = Annotated[bool | None, BeforeValidator(_maybe_flag)]
Small = Annotated[Annotated[int, Field(ge=0, le=LARGEST_INTEGER)] | None, BeforeValidator(number)]
Unsigned = Annotated[Annotated[int, Field(ge=0, le=LARGEST_UNSIGNED)] | None, BeforeValidator(number)]
Positive = Annotated[int, BeforeValidator(number), Field(gt=0)]
NeededMoment = Annotated[int, BeforeValidator(number), Field(ge=0, le=LAST_SECOND)]
Bytes = Annotated[Annotated[int, Field(ge=0, le=LARGEST_BYTES)] | None, BeforeValidator(number)]
Moment = Annotated[Annotated[int, Field(ge=0, le=LAST_SECOND)] | None, BeforeValidator(number)]
Vmid = Annotated[int, BeforeValidator(number), Field(ge=1, le=LARGEST_VMID)]
Status = Annotated[str, BeforeValidator(_status)]
Text = Annotated[str, BeforeValidator(_text)]
Words = Annotated[str, BeforeValidator(_plain_text)]
Options = Annotated[str | None, BeforeValidator(_option_text)]
NameList = Annotated[tuple[str, ...], BeforeValidator(_list_of_names)]
Names = Annotated[tuple[str, ...], BeforeValidator(_text_of_names)]
MaybeText = Annotated[str | None, BeforeValidator(_some_text)]
Name = Annotated[str, BeforeValidator(_text), Field(min_length=1)]


class ApiModel(BaseModel):
    """Part of a response; fields that are not listed are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


Model = TypeVar("Model", bound=ApiModel)


class WrongShapeError(ValueError):
    """A response does not have the shape that Proxmox's API documents."""


def read_one(model: type[Model], data: object) -> Model:
    """Read one object, or raise WrongShapeError naming the first wrong field."""
    try:
        return model.model_validate(data)
    except (ValidationError, RecursionError) as error:
        raise WrongShapeError(_first_problem(error)) from None


def read_rows(model: type[Model], data: object) -> tuple[list[Model], str]:
    """Return the valid rows of a list, and what is wrong with the first invalid one (empty: none)."""
    if not isinstance(data, list):
        return [], "not a list"
    rows, problem = [], ""
    for row in data:
        try:
            rows.append(read_one(model, row))
        except WrongShapeError as error:
            problem = problem or str(error)
    return rows, problem


def of_type(data: list[Any], *types: str) -> list[Any]:
    """Return the rows of these `type`s, and what may be one: items that are no rows, or whose type is no text."""
    return [row for row in data if not isinstance(row, dict) or _may_be(row.get("type"), types)]


def _may_be(kind: object, types: tuple[str, ...]) -> bool:
    return not isinstance(kind, str) or kind in types


def _first_problem(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "nested too deeply"
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return one_line(f"{'.'.join(str(part) for part in first['loc']) or 'the row'}: {first['msg']}")
