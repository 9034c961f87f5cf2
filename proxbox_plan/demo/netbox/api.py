"""The REST API without HTTP: a request's parts in, status, headers and body out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from proxbox_plan.demo.netbox import object_types
from proxbox_plan.demo.netbox.bulk_errors import Entries, in_use, protected, refuse, refuse_created
from proxbox_plan.demo.netbox.changes import Writing
from proxbox_plan.demo.netbox.deleting import delete
from proxbox_plan.demo.netbox.filtering import filters
from proxbox_plan.demo.netbox.paging import Sorter, paginate
from proxbox_plan.demo.netbox.refusal import Errors, InvalidError, ProtectedError, RefusalError
from proxbox_plan.demo.netbox.rendering import Document, Renderer, etag
from proxbox_plan.demo.netbox.schema import BY_PATH
from proxbox_plan.demo.netbox.schema.fields import Model
from proxbox_plan.demo.netbox.store import Store
from proxbox_plan.demo.netbox.versions import (
    AUTHENTICATION_CHECK,
    ENTRY_ERRORS,
    ETAGS,
    FIELDS_OF_CHANGES,
    HOST_NAME,
    OBJECT_TYPES,
    OMIT,
    Version,
    version_of,
)
from proxbox_plan.demo.netbox.writing import create, update

ACTIONS = {"GET": "view", "POST": "add", "PATCH": "change", "PUT": "change", "DELETE": "delete"}
Permissions = Mapping[str, Collection[str]] | None


@dataclass(frozen=True)
class Request:
    """What the API needs to know of an HTTP request."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    body: Any
    base_url: str
    request_id: str
    if_match: str = ""
    user: str = "admin"
    permissions: Permissions = None
    may_write: bool = True

    def allows(self, method: str, label: str) -> bool:
        """Whether the user may do this with objects of that type."""
        action = ACTIONS[method]
        granted = self.permissions is None or action in self.permissions.get(label, ())
        return granted and (self.may_write or action == "view")


@dataclass(frozen=True)
class ApiAnswer:
    """A response; a body of None means no body."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Api:
    """Answers requests from a store, as a NetBox of one version does."""

    def __init__(self, store: Store, version: str) -> None:
        """Serve this store; the version is a whole one, such as 4.7.3."""
        self.version_text = version
        self.version: Version = version_of(version)
        self.token_expires: str | None = None
        self._store = store
        self._sorter = Sorter(store)

    def answer(self, request: Request) -> ApiAnswer:
        """Answer one request, also one that NetBox refuses."""
        try:
            return self._route(request)
        except RefusalError as refusal:
            return ApiAnswer(refusal.status, refusal.body, refusal.headers)

    def _route(self, request: Request) -> ApiAnswer:
        if (document := self._document(request)) is not None:
            return ApiAnswer(200, document)
        parts = request.path.removeprefix("/api/").strip("/").split("/")
        whole = "/".join(parts)
        model = BY_PATH.get(whole) or BY_PATH.get("/".join(parts[:-1]))
        if model is None or not self._store.has(model, self.version) or not request.path.endswith("/"):
            raise RefusalError(404, {"detail": "Not found."})
        if request.method == "OPTIONS":
            return ApiAnswer(200, _options(request, model))
        if request.method in ACTIONS and not request.allows(request.method, model.label):
            raise RefusalError(403, {"detail": "You do not have permission to perform this action."})
        handler: Callable[[Request, Model], ApiAnswer] | Callable[[Request, Model, int], ApiAnswer] | None
        if whole == model.path:
            handler = {
                "GET": self._list,
                "POST": self._post,
                "PATCH": self._bulk_update,
                "PUT": self._bulk_update,
                "DELETE": self._bulk_delete,
            }.get(request.method)
            if handler is None or (model.read_only and request.method != "GET"):
                raise _not_allowed(request)
            return handler(request, model)
        return self._one(request, model, parts[-1])

    def _document(self, request: Request) -> Document | None:
        """Return what is not a list of stored objects, or one of them."""
        match request.path:
            case "/api/status/":
                return self._status()
            case "/api/authentication-check/" if AUTHENTICATION_CHECK.is_in(self.version):
                return _user(request)
            case "/api/users/tokens/" if request.method == "GET":
                rows = [{"id": 1, "expires": self.token_expires}]
                return {"count": 1, "next": None, "previous": None, "results": rows}
            case object_types.PATH if OBJECT_TYPES.is_in(self.version):
                return object_types.page(self._store, self.version, request.query)
        return None

    def _one(self, request: Request, model: Model, number: str) -> ApiAnswer:
        if request.method not in {"GET", "PATCH", "PUT", "DELETE"} or (model.read_only and request.method != "GET"):
            raise _not_allowed(request)
        if not number.isdecimal() or int(number) not in self._store.tables[model.label].rows:
            raise RefusalError(404, {"detail": f"No {model.class_name} matches the given query."})
        row_id = int(number)
        match request.method:
            case "GET":
                return self._shown(request, model, row_id, 200)
            case "DELETE":
                return self._delete(request, model, row_id)
        self._check_etag(request, model, row_id)
        data = _restricted(request)
        self._once(lambda: update(self._writing(request), model.label, row_id, data, partial=request.method == "PATCH"))
        return self._shown(request, model, row_id, 200)

    def _status(self) -> Document:
        return {
            "django-version": "6.1.2",
            **({"hostname": "fake"} if HOST_NAME.is_in(self.version) else {}),
            "installed_apps": {},
            "netbox-version": self.version_text,
            "netbox-full-version": self.version_text,
            "plugins": dict(self._store.plugins),
            "python-version": "3.12.1",
            "rq-workers-running": 0,
        }

    def _list(self, request: Request, model: Model) -> ApiAnswer:
        found = filters.apply(self._store, model, self.version, request.query)
        page = paginate(
            self._store, model, found, request.query, request.base_url + request.path, self.version, self._sorter
        )
        rows = self._render(request, model, page.ids)
        return ApiAnswer(200, {"count": page.count, "next": page.next, "previous": page.previous, "results": rows})

    def _post(self, request: Request, model: Model) -> ApiAnswer:
        writing = self._writing(request)
        if not isinstance(request.body, list):
            created: list[int] = []
            data = _restricted(request)
            self._once(lambda: created.append(create(writing, model.label, data)))
            return self._shown(request, model, created[0], 201)
        ids: list[int] = []
        errors: Entries = []
        with self._store.all_or_nothing():
            for index, entry in enumerate(request.body):
                try:
                    with self._store.all_or_nothing():
                        ids.append(create(writing, model.label, _only(request, entry)))
                except InvalidError as error:
                    errors.append(({"index": index}, error.errors))
            refuse_created(self.version, model.label, errors, len(request.body))
        return ApiAnswer(201, self._render(request, model, ids))

    def _bulk_update(self, request: Request, model: Model) -> ApiAnswer:
        entries = self._entries(request, model)
        writing = self._writing(request)
        errors: Entries = []
        # NetBox works through a batch in the order of its query, not of the request.
        order = self._sorter.order(model, set(entries))
        with self._store.all_or_nothing():
            for row_id in order:
                self._check_etag(request, model, row_id)
                data = _only(request, {k: v for k, v in entries[row_id].items() if k != "id"})
                try:
                    with self._store.all_or_nothing():
                        update(writing, model.label, row_id, data, partial=request.method == "PATCH")
                except InvalidError as error:
                    errors.append(({"id": row_id}, error.errors))
            refuse(self.version, 400, errors, len(entries), "could not be updated")
        return ApiAnswer(200, self._render(request, model, self._sorter.order(model, set(entries))))

    def _bulk_delete(self, request: Request, model: Model) -> ApiAnswer:
        entries = self._entries(request, model)
        writing = self._writing(request)
        errors: Entries = []
        with self._store.all_or_nothing():
            for row_id in self._sorter.order(model, set(entries)):
                if row_id not in self._store.tables[model.label].rows:
                    continue
                self._check_etag(request, model, row_id)
                try:
                    with self._store.all_or_nothing():
                        delete(writing, model.label, row_id, str(entries[row_id].get("changelog_message") or ""))
                except ProtectedError as error:
                    errors += protected(self.version, row_id, error)
            refuse(self.version, 409, errors, len(entries), "could not be deleted")
        return ApiAnswer(204)

    def _delete(self, request: Request, model: Model, row_id: int) -> ApiAnswer:
        self._check_etag(request, model, row_id)
        message = str(request.body.get("changelog_message") or "") if isinstance(request.body, dict) else ""
        try:
            with self._store.all_or_nothing():
                delete(self._writing(request), model.label, row_id, message)
        except ProtectedError as error:
            raise in_use(error) from None
        return ApiAnswer(204)

    def _entries(self, request: Request, model: Model) -> dict[int, dict[str, Any]]:
        """Read the ids of a bulk request; any error in them refuses the whole batch before it is processed."""
        body = request.body
        if not isinstance(body, list):
            what = "no data was submitted" if body is None else f"got {type(body).__name__}"
            raise RefusalError(400, {"detail": f"Expected a list of objects, but {what}."})
        problems = [(index, _id_problem(entry)) for index, entry in enumerate(body)]
        bad: Entries = [({"index": index}, problem) for index, problem in problems if problem is not None]
        refuse(self.version, 400, bad, len(body), "failed validation")
        ids = [int(entry["id"]) for entry in body]
        rows = self._store.tables[model.label].rows
        if not ENTRY_ERRORS.is_in(self.version):
            return {number: entry for number, entry in zip(ids, body, strict=True) if number in rows}
        twice = [
            ({"id": i}, {"id": [f"Each object may be specified only once; ID {i} is listed {ids.count(i)} times"]})
            for i in dict.fromkeys(ids)
            if ids.count(i) > 1
        ]
        refuse(self.version, 400, twice, len(ids), "are listed more than once")
        gone: Entries = [({"id": i}, {"id": [f"Object with ID {i} does not exist"]}) for i in ids if i not in rows]
        refuse(self.version, 400, gone, len(ids), "could not be found")
        return dict(zip(ids, body, strict=True))

    def _once(self, work: Callable[[], None]) -> None:
        try:
            with self._store.all_or_nothing():
                work()
        except InvalidError as error:
            raise RefusalError(400, error.errors) from None

    def _check_etag(self, request: Request, model: Model, row_id: int) -> None:
        if not request.if_match or request.if_match == "*" or not ETAGS.is_in(self.version):
            return
        row = self._store.row(model.label, row_id)
        tag = etag(row)
        if tag and tag not in [given.strip() for given in request.if_match.split(",")]:
            raise RefusalError(412, {"detail": "Precondition failed."}, headers={"ETag": tag})

    def _shown(self, request: Request, model: Model, row_id: int, status: int) -> ApiAnswer:
        headers: dict[str, str] = {}
        row = self._store.row(model.label, row_id)
        if ETAGS.is_in(self.version) and (tag := etag(row)):
            headers["ETag"] = tag
        document = self._render(request, model, [row_id])[0]
        if status == 201:  # noqa: PLR2004
            headers["Location"] = f"{request.base_url}/api/{model.path}/{row_id}/"
        return ApiAnswer(status, document, headers)

    def _render(self, request: Request, model: Model, ids: list[int]) -> list[Document]:
        renderer = Renderer(self._store, request.base_url, self.version)
        only = _asked(request, "fields") if model.logged or FIELDS_OF_CHANGES.is_in(self.version) else ()
        omit = _asked(request, "omit") if OMIT.is_in(self.version) else ()
        if not only and request.method == "GET" and request.query.get("brief", [""])[-1]:
            only = model.brief
        return [renderer.full(model.label, row_id, only=only, omit=() if only else omit) for row_id in ids]

    def _writing(self, request: Request) -> Writing:
        return Writing(self._store, self.version, request.request_id, request.user)


def _user(request: Request) -> Document:
    """Describe the user with the permissions assigned directly; a superuser has none."""
    given = (request.permissions or {}).items()
    permissions = [
        {"id": number, "name": label, "enabled": True, "object_types": [label], "actions": sorted(actions)}
        for number, (label, actions) in enumerate(given, start=1)
    ]
    return {"id": 1, "username": request.user, "is_active": True, "groups": [], "permissions": permissions}


def _options(request: Request, model: Model) -> Document:
    """Return which writes of a list are allowed; NetBox also describes every field there."""
    writes = () if model.read_only else ("POST", "PUT")
    actions: Document = {method: {} for method in writes if request.allows(method, model.label)}
    return {"name": f"{model.class_name} List", "description": "", **({"actions": actions} if actions else {})}


def _asked(request: Request, name: str) -> tuple[str, ...]:
    text = request.query.get(name, [""])[-1]
    return tuple(text.split(",")) if text else ()


def _restricted(request: Request) -> Any:
    if isinstance(request.body, dict):
        return _only(request, request.body)
    return {} if request.body is None else request.body


def _only(request: Request, entry: Any) -> Any:
    """Drop the fields that ``?fields=`` and ``?omit=`` exclude; on a write they restrict the request, too."""
    if not isinstance(entry, dict):
        return entry
    if only := _asked(request, "fields"):
        return {name: value for name, value in entry.items() if name in only or name == "changelog_message"}
    omitted = _asked(request, "omit")
    return {name: value for name, value in entry.items() if name not in omitted}


def _id_problem(entry: Any) -> Errors | None:
    if not isinstance(entry, dict):
        return {"__all__": [f"Invalid data. Expected a dictionary, but got {type(entry).__name__}."]}
    if "id" not in entry:
        return {"id": ["This field is required."]}
    if isinstance(entry["id"], bool) or not str(entry["id"]).isdecimal():
        return {"id": ["A valid integer is required."]}
    return None


def _not_allowed(request: Request) -> RefusalError:
    return RefusalError(405, {"detail": f'Method "{request.method}" not allowed.'})
