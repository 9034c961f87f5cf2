"""What a server answers from when one server serves many clusters, one after the other."""

from __future__ import annotations

from proxbox_plan.demo.cluster import ClusterDescription
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
