"""The GraphQL of the fake NetBox: ids and times of change, by the filters that the cache validation uses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputFieldMap,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    graphql_sync,
)

from proxbox_plan.demo.netbox.paging import MAX_PAGE_SIZE
from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.demo.netbox.schema.fields import Model
from proxbox_plan.demo.netbox.store import Store, StoredRow

_ALIAS = re.compile(r"\w+:\w+_list\(")
_MOST_ALIASES = 10  # GRAPHQL_MAX_ALIASES of NetBox
_NAMELESS = frozenset({"virtualization.virtualmachinetype"})  # NetBox 4.7 forgot its filter by name


def answer(store: Store, may_view: Callable[[str], bool], text: str, page_size: int = MAX_PAGE_SIZE) -> dict[str, Any]:
    """Answer a question as NetBox does: who may not see objects gets an empty list of them, and none gets more at once.

    A question with more aliases than NetBox allows gets no data.
    """
    if len(_ALIAS.findall(text)) > _MOST_ALIASES:
        return {"data": None, "errors": [{"message": f"{_MOST_ALIASES} aliases are allowed"}]}
    found = graphql_sync(_schema(), text, context_value=(store, may_view, page_size))
    return {**found.formatted, "data": found.data}


@cache
def _schema() -> GraphQLSchema:
    models = [model for model in MODELS.values() if model.logged and not model.path.startswith("plugins/")]
    return GraphQLSchema(GraphQLObjectType("Query", {f"{_snake(model)}_list": _list(model) for model in models}))


def _snake(model: Model) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", model.class_name).lower()


def _list(model: Model) -> GraphQLField:
    texts = {field.name for field in model.fields} & {"name", "slug"}
    fields = {"id": GraphQLField(GraphQLID), **{name: GraphQLField(GraphQLString) for name in ("last_updated", *texts)}}

    def resolve(_root: object, info: Any, filters: Mapping[str, Any], pagination: Mapping[str, int]) -> list[Any]:
        store, may_view, page_size = info.context
        rows = store.tables[model.label].rows if may_view(model.label) else {}
        passing = [number for number, row in rows.items() if _passes(row, filters)][pagination.get("offset", 0) :]
        shown = passing[: min(pagination["limit"], page_size)]
        times = {number: rows[number]["last_updated"].isoformat() for number in shown}
        return [{**{text: rows[at][text] for text in texts}, "id": at, "last_updated": times[at]} for at in shown]

    arguments = {"filters": GraphQLArgument(_filter(model)), "pagination": GraphQLArgument(_PAGE)}
    return GraphQLField(GraphQLList(GraphQLObjectType(f"{model.class_name}Type", fields)), arguments, resolve)


def _filter(model: Model) -> GraphQLInputObjectType:
    def fields() -> Iterator[tuple[str, GraphQLInputField]]:
        yield "OR", GraphQLInputField(kind)
        yield "custom_field_data", GraphQLInputField(_JSON)
        texts = {field.name for field in model.fields} & {"name", "model", "slug"}
        for name in texts - {"name"} if model.label in _NAMELESS else texts:
            yield name, GraphQLInputField(_TEXT)

    def thunk() -> GraphQLInputFieldMap:
        return dict(fields())

    kind = GraphQLInputObjectType(f"{model.class_name}Filter", thunk)
    return kind


_TEXT = GraphQLInputObjectType(
    "StrFilterLookup",
    {
        "starts_with": GraphQLInputField(GraphQLString),
        "in_list": GraphQLInputField(GraphQLList(GraphQLString)),
    },
)
_LOOKUP = GraphQLInputObjectType("JSONLookup", {"string_lookup": GraphQLInputField(_TEXT)})
_JSON = GraphQLInputObjectType(
    "JSONFilter", {"path": GraphQLInputField(GraphQLString), "lookup": GraphQLInputField(_LOOKUP)}
)
_PAGE = GraphQLInputObjectType(
    "OffsetPaginationInput", {"offset": GraphQLInputField(GraphQLInt), "limit": GraphQLInputField(GraphQLInt)}
)


def _passes(row: StoredRow, filters: Mapping[str, Any]) -> bool:
    plain = {name: value for name, value in filters.items() if name != "OR"}
    return all(_matches(row, *item) for item in plain.items()) or ("OR" in filters and _passes(row, filters["OR"]))


def _matches(row: StoredRow, name: str, asked: Mapping[str, Any]) -> bool:
    if name == "custom_field_data":
        value, lookup = row["custom_fields"].get(asked["path"]), asked["lookup"]["string_lookup"]
    else:
        value, lookup = row[name], asked
    found = isinstance(value, str) and value.startswith(lookup.get("starts_with", ""))
    return found and ("in_list" not in lookup or value in lookup["in_list"])
