"""Messages: pydantic's errors in the words of YAML and Proxmox, without the rejected values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from proxbox_plan.config.diagnostic import Diagnostic, FilePosition, Location, describe, error_of
from proxbox_plan.config.file import ConfigFile
from proxbox_plan.config.merged import MergedConfig
from proxbox_plan.core.suggestion import suggestion

_Model = TypeVar("_Model", bound=BaseModel)
_WORDS = {
    "string_type": "must be text; put quotes around it",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping (key: value)",
    "model_type": "must be a mapping (key: value)",
    "path_type": "must be a path",
}
_SHAPES = {
    "clusters.name": "must start with a letter or digit and hold only letters, digits, `_`, `.` and `-`",
    "clusters.token.id": "must look like user@realm!name",
    "clusters.user": "must look like user@realm",
}


def validated(whole: MergedConfig, model: type[_Model], hint: str) -> _Model:
    """Return the validated content of a configuration; ConfigError with all diagnostics, without values."""
    if whole.diagnostics:
        raise error_of(whole.diagnostics, whole.file, hint=hint)
    if not isinstance(whole.data, dict):
        raise error_of([Diagnostic(FilePosition(1, 1), "is empty or not a mapping")], whole.file, hint=hint)
    try:
        return model.model_validate(whole.data)
    except ValidationError as error:
        raise error_of(
            diagnostics_of(error, whole, model), whole.file, hint=hint
        ) from None  # pydantic's error shows the values


def diagnostics_of(
    error: ValidationError, whole: MergedConfig, model: type[BaseModel] = ConfigFile
) -> Iterator[Diagnostic]:
    """Yield each error of pydantic with its position in its file."""
    for item in error.errors(include_url=False, include_input=False):
        location = item["loc"]
        unknown = item["type"] == "extra_forbidden"
        yield whole.diagnostic(location, _message(item, location, model), key=unknown)


def _message(item: ErrorDetails, location: Location, model: type[BaseModel]) -> str:
    name, around = str(location[-1])[:60] if location else "", describe(location[:-1])
    inside = f" in {around}" if around else ""
    match item["type"]:
        case "extra_forbidden":
            return f"unknown key '{name}'{inside}{_instead(name, location[:-1], model)}"
        case "missing":
            return f"missing key '{name}'{inside}"
        case "string_pattern_mismatch":
            shape = ".".join(part for part in location if isinstance(part, str))
            return f"{describe(location)} {_SHAPES.get(shape, 'must be a name of letters, digits and `_`')}"
        case kind:
            words = _WORDS.get(kind) or _reworded(item["msg"])
            colon = "" if words.startswith("must ") else ":"
            return f"{describe(location) or 'the file'}{colon} {words}"


def _instead(name: str, around: Location, model: type[BaseModel]) -> str:
    """Return what to write instead of a key that is not known there."""
    known = _known_keys(around, model)
    if similar := suggestion(name, known):
        return similar
    if around and name in model.model_fields:
        return f"; '{name}' begins a line of its own, at the top of the file"
    return f"; what is known here: {', '.join(sorted(known))}" if known else ""


def _reworded(message: str) -> str:
    text = message.removeprefix("Value error, ")
    return re.sub(r"^(Input|String|Tuple|Value) should ", "must ", text)


def _known_keys(location: Location, root: type[BaseModel]) -> list[str]:
    """Return the keys that are allowed at a location, by walking the models."""
    annotation: Any = root
    for part in location:
        if get_origin(annotation) is dict:
            annotation = get_args(annotation)[1]
            continue
        model = _model_in(annotation)
        if model is None:
            return []
        if isinstance(part, str):
            annotation = next((field.annotation for key, field in _fields(model) if key == part), None)
    model = _model_in(annotation)
    return [key for key, _ in _fields(model)] if model else []


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """Yield the fields by the key that they have in the file."""
    for name, field in model.model_fields.items():
        yield field.alias or name, field


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model inside `Model`, `Model | None` or `tuple[Model, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {tuple, Union, UnionType, Annotated}:
        return next((found for found in map(_model_in, get_args(annotation)) if found), None)
    return None
