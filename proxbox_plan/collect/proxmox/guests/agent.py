"""The guest agent of one virtual machine: what it is asked, and what it means that it does not answer."""

from __future__ import annotations

from typing import Any

from proxbox_plan.clients.proxmox.answer import one_line
from proxbox_plan.clients.proxmox.client import ProxmoxReadError, api_path
from proxbox_plan.collect.proxmox.api_models.cluster import GuestRow
from proxbox_plan.collect.proxmox.reading import Reader, incomplete, incomplete_because
from proxbox_plan.model.state import Coverage, Incomplete


class NoAnswerError(Exception):
    """The agent did not answer a command."""

    def __init__(self, coverage: Coverage) -> None:
        """Take the reason."""
        super().__init__(coverage.detail)
        self.coverage = coverage


class Agent:
    """Asks the agent of one virtual machine; once a call fails no other is sent, as each may cost a timeout."""

    def __init__(self, reader: Reader, row: GuestRow) -> None:
        """Take the virtual machine, which runs and has its agent enabled."""
        self._reader = reader
        self._row = row
        self._failed: NoAnswerError | None = None

    def path(self, command: str) -> str:
        """Return the path of a command."""
        return api_path("nodes", self._row.node, self._row.type, self._row.vmid, "agent", command)

    def ask(self, command: str) -> Any:
        """Return the result of a command, which may be an error of the agent's own (`refusal`)."""
        if self._failed is not None:
            raise self._failed
        try:
            data = self._reader.get(self.path(command))
        except ProxmoxReadError as error:
            is_silent = error.reason is Incomplete.SERVER_ERROR
            why = incomplete(Incomplete.AGENT_SILENT, error.message) if is_silent else incomplete_because(error)
            self._failed = NoAnswerError(why)
            raise self._failed from None
        return data.get("result") if isinstance(data, dict) else data


def refusal(result: Any, path: str) -> Coverage:
    """Return what a result means that is nothing, or the agent's error: a command may be disabled."""
    said = f"the guest answered {_words(result)!r}" if result else "the guest answered with nothing"
    return incomplete(Incomplete.AGENT_SILENT, f"GET {path}: {said}")


def _words(result: dict[str, Any]) -> str:
    """Return the words of an error, as `{"error": {"class": ..., "desc": ...}}`."""
    error = result.get("error")
    words = error.get("desc") or error.get("class") if isinstance(error, dict) else None
    return one_line(str(words)) if words else "with an error"
