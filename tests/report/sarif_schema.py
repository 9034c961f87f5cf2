"""What a SARIF 2.1.0 file must look like, as far as ours use it; anything else in it would be a mistake of ours.

After the schema of the OASIS standard; the required location is what GitHub's code scanning wants on top of it.
"""

from __future__ import annotations

from typing import Any


def _object(required: str, **properties: Any) -> dict[str, Any]:
    names = required.split()
    return {"type": "object", "required": names, "properties": properties, "additionalProperties": False}


def _list(items: dict[str, Any], **limits: int) -> dict[str, Any]:
    return {"type": "array", "items": items, **limits}


_TEXT = {"type": "string", "minLength": 1}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_MESSAGE = _object("text", text=_TEXT)
_RULE = _object("id", id=_TEXT, shortDescription=_MESSAGE, fullDescription=_MESSAGE, help=_MESSAGE)
_LOCATION = _object(
    "physicalLocation",
    physicalLocation=_object(
        "artifactLocation",
        artifactLocation=_object("uri", uri={"type": "string", "format": "uri-reference"}),
        region=_object("startLine", startLine={"type": "integer", "minimum": 1}),
    ),
    logicalLocations=_list(_object("", name={"type": "string"}, fullyQualifiedName={"type": "string"}, kind=_TEXT)),
)
_RESULT = _object(
    "message ruleId ruleIndex level locations partialFingerprints",
    ruleId=_TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=_LEVEL,
    message=_MESSAGE,
    locations=_list(_LOCATION, minItems=1),
    partialFingerprints={"type": "object", "additionalProperties": _TEXT, "minProperties": 1},
)
_RUN = _object(
    "tool results",
    tool=_object("driver", driver=_object("name rules", name=_TEXT, version=_TEXT, rules=_list(_RULE))),
    automationDetails=_object("id", id=_TEXT),
    invocations=_list(
        _object(
            "executionSuccessful",
            executionSuccessful={"type": "boolean"},
            toolExecutionNotifications=_list(_object("message", level=_LEVEL, message=_MESSAGE)),
        )
    ),
    results=_list(_RESULT, maxItems=25_000),
)
SARIF = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    **_object("version runs", version={"const": "2.1.0"}, runs=_list(_RUN, minItems=1, maxItems=20)),
}
SARIF["properties"]["$schema"] = _TEXT
