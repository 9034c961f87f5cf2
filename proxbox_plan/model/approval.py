"""Approval: a signed statement of a person that a plan may be applied, to one NetBox."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from proxbox_plan.core.moment import Moment
from proxbox_plan.model.base import Document, canonical_json

NAMESPACE: Final = "proxbox-approval"
"""What the signature is for: a signature of a commit, a file or a login is none of an approval."""

_ALSO_UNSIGNED: Final = frozenset({"signature"})
Principal = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9@._+-]{0,199}$")]
"""Name of a person, as a file of allowed signers has it."""


class Approval(Document):
    """A person's approval of a plan. What is signed is the canonical JSON of all but signature, digest and version."""

    KIND: ClassVar[str] = "approval"
    UNSEALED: ClassVar[frozenset[str]] = Document.UNSEALED | _ALSO_UNSIGNED
    TOLERANT: ClassVar[bool] = False  # what is not understood may restrict what was approved

    approves: Literal["plan", "changes"] = Field(
        default="plan",
        description="plan: this very plan. changes: every plan with the same `intent_digest`, for pipelines, "
        "which plan again.",
    )
    plan_digest: str = Field(description="Digest of the plan: of everything but when its state was collected.")
    intent_digest: str = Field(
        description="Digest of the changes as they are shown and written, with the state and the configuration they "
        "come from, and the NetBox and branch they are for."
    )
    changes_digest: str = Field(description="Digest of the changes alone.")
    netbox_url: str = Field(description="Address of the NetBox that the plan is for.")
    approver: Principal = Field(description="Who approves, as the file of allowed signers has it.")
    approved_at: Moment = Field(description="When, by the approver's clock, UTC.")
    signature: str = Field(default="", description="SSH signature, armored, of the namespace `proxbox-approval`.")

    def statement(self) -> bytes:
        """Return what is signed."""
        return canonical_json(self.model_dump(mode="json", exclude=set(self.UNSEALED))).encode()
