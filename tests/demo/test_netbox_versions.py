"""The embedded NetBox of each version has what the real one has of it, as its OpenAPI says, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.demo.netbox.filtering import filters
from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.demo.netbox.schema.fields import Model, ModelField
from proxbox_plan.demo.netbox.schema.history import BROUGHT, EVERY, GAVE_UP
from proxbox_plan.demo.netbox.versions import RELEASES, RULES
from proxbox_plan.model.netbox_versions import FEATURES, NEWEST
from tests.cases import Cases
from tests.netbox_api import RELEASES as DESCRIBED
from tests.netbox_api import Excerpt, ListPath, excerpt, version_of

COMMON = {"id", "url", "display"}


def _models(api: Excerpt) -> Iterator[tuple[Model, ListPath | None]]:
    """Yield the models that an excerpt describes."""
    for model in MODELS.values():
        path = f"/api/{model.path}/"
        if path in api.lists:
            yield model, api.lists[path]


def _there(model: Model, api: Excerpt) -> list[ModelField]:
    return [field for field in model.fields if field.is_in(api.version)]


def test_each_version_is_the_release_that_is_described() -> None:
    """So that what is held against its OpenAPI is what runs."""
    assert list(RELEASES.values()) == list(DESCRIBED)
    assert {version_of(release): release for release in DESCRIBED} == dict(RELEASES)
    assert max(RELEASES) == NEWEST


def test_models_are_there_from_their_version_on() -> None:
    """No earlier and no later."""
    with Cases() as case:
        for api in map(excerpt, DESCRIBED):
            for model, found in _models(api):
                with case(api.release, model.path):
                    assert (found is not None) == (model.since <= api.version)


def test_fields_are_answered_and_taken() -> None:
    """Only those that the real one has of that version."""
    with Cases() as case:
        for api in map(excerpt, DESCRIBED):
            for model, found in _models(api):
                if found is not None:
                    with case(api.release, model.path):
                        page = {"display_url"} if model.has_page else set()
                        assert {field.name for field in _there(model, api)} | COMMON | page <= set(found.read)
                        assert {field.name for field in _there(model, api) if field.writable} <= set(found.write)


def test_no_field_is_kept_from_an_older_version() -> None:
    """What the newest one has here, and the older real one, the older one here has."""
    with Cases() as case:
        for api in map(excerpt, DESCRIBED):
            for model, found in _models(api):
                for field in model.fields if found is not None else ():
                    with case(api.release, model.path, field.name):
                        assert found is not None
                        assert (field.name in found.read) == field.is_in(api.version)


def test_choices_are_taken() -> None:
    """Only those that the real one has of that version."""
    with Cases() as case:
        for api in map(excerpt, DESCRIBED):
            for model, found in _models(api):
                for field in _there(model, api) if found is not None else ():
                    enum = found.write.get(field.name, {}).get("enum") if found is not None else None
                    if enum is not None:
                        with case(api.release, model.path, field.name):
                            assert set(field.choices) <= set(enum)


def test_filters_are_known() -> None:
    """A filter that only the embedded one had would be passed over by the real one."""
    with Cases() as case:
        for api in map(excerpt, DESCRIBED):
            for model, found in _models(api):
                if found is not None:
                    with case(api.release, model.path):
                        ours = {name for name in filters.names(model) if filters.is_in(model, name, api.version)}
                        assert ours <= found.filters


def test_what_changes_name_is_there() -> None:
    """A change that names a field of no model would say nothing."""
    with Cases() as case:
        for change in (*BROUGHT, *GAVE_UP):
            for label in change.models:
                with case(change.change, label):
                    assert MODELS[label].since == change.since
            for label, names in change.fields.items():
                with case(change.change, label):
                    assert label == EVERY or set(names) <= MODELS[label].by_name.keys()


def test_rules_agree_with_what_the_applier_expects() -> None:
    """The same change of NetBox, in the same version; each rule is one of its own."""
    rules = {rule.change: rule.since for rule in RULES}
    assert len(rules) == len(RULES)
    assert {feature.change: feature.since for feature in FEATURES}.items() <= rules.items()
    assert [rule.since for rule in RULES] == sorted(rule.since for rule in RULES)
