"""Notify: tell receivers of a document, each once per content. A receiver that is down fails nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from proxbox_plan.config import Settings
from proxbox_plan.core.errors import ConfigError, DocumentError
from proxbox_plan.core.files.reading import read_own
from proxbox_plan.documents import write_text
from proxbox_plan.model.base import Document, canonical_json

if TYPE_CHECKING:
    from proxbox_plan.report.notice import Notice


class Notified(NamedTuple):
    """What became of the message to each receiver, by name."""

    sent: tuple[str, ...]
    known: tuple[str, ...]
    """Receivers that heard of this content before."""
    failed: Mapping[str, str]
    """Receivers that did not get it, with the reason."""


def notify(settings: Settings, document: Document, *, remember: Path | str, link: str = "") -> Notified:
    """Tell the configured receivers of a document, unless they heard of its content before.

    `remember` is the file that says what each receiver heard last of the document's kind and clusters; it is made, and
    written after the messages. ConfigError when no receiver hears of such documents; UsageError for a document that has
    no summary, or when Apprise is not installed.
    """
    from proxbox_plan.clients.notify.sender import send  # noqa: PLC0415 # few commands send
    from proxbox_plan.report.notice import notice_of  # noqa: PLC0415

    notice = notice_of(document)
    receivers = [receiver for receiver in settings.receivers if notice.document in receiver.documents]
    if not receivers:
        raise ConfigError(
            f"{settings.file}: no receiver under `notify` hears of a {notice.document}",
            hint="Add one; docs/notify.md shows how.",
        )
    heard = _read(Path(remember))
    sent, known, failed = [], [], {}
    for receiver in receivers:
        about = _about(receiver.name, notice)
        if heard.get(about) == notice.content:
            known.append(receiver.name)
            continue
        why = ""
        if notice.calls:
            why = send(settings.address_to(receiver), notice.title, notice.body(receiver.template, link))
            if why:
                failed[receiver.name] = why
            else:
                sent.append(receiver.name)
        if not why:
            heard[about] = notice.content
    write_text(remember, canonical_json(heard))
    return Notified(tuple(sent), tuple(known), failed)


def _about(receiver: str, notice: Notice) -> str:
    return f"{receiver}:{notice.document}:{','.join(notice.clusters)}"


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(read_own(path))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise DocumentError(
            f"{path}: cannot be read as what was sent before", hint="Remove it: each receiver hears once more then."
        ) from error
    return found if isinstance(found, dict) else {}
