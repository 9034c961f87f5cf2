"""What a server answers from when one server serves many clusters, one after the other."""

from __future__ import annotations

from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
from proxbox_plan.demo.cluster.answers import DescriptionAnswers


class Renewed:
    """Answers from the description it was given last."""

    def __init__(self, description: ClusterDescription | None = None) -> None:
        """Start with a description, or an empty one."""
        self.renew(description or ClusterDescription(name="lab", nodes={}))

    def renew(self, description: ClusterDescription) -> None:
        """Answer from this description from now on."""
        self.description = description
        self.answer = DescriptionAnswers(description).answer


def renewed(server: ClusterServer, description: ClusterDescription) -> ClusterServer:
    """Return a server as new: with a description of its own, no faults, and an empty log."""
    source_of(server).renew(description)
    server.forget()
    return server


def source_of(server: ClusterServer) -> Renewed:
    """Return what a server answers from."""
    source = server._source
    assert isinstance(source, Renewed)
    return source
