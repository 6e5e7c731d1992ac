"""The port of how answers came about."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from core.entries import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """How one answer came about; nothing in it is about a person.

    `message_id` is that of the question, `found_at` when the answer was composed, which is earlier
    than `answered_at` where it comes from the cache. `milliseconds` is what finding it took,
    `units` what it cost of a plan. `picked`: somebody chose it of what was
    offered; `model` is the language model that wrote it, if any. `late`: nobody knew when it was
    asked, and `answered_at` is when somebody did.
    """

    message_id: UUID
    origin: Origin
    confidence: float
    answered_at: datetime
    found_at: datetime | None
    milliseconds: float
    revision: int
    units: int = 0
    picked: bool = False
    model: str = ""
    late: bool = False


class Receipts(Protocol):
    """Receipts of the last days. Losing one costs no more than the receipt."""

    def keep(self, organization_id: UUID, receipt: Receipt) -> None:
        """Keep it soon, where there is room; nothing raises."""

    async def get(self, organization_id: UUID, message_id: UUID) -> Receipt | None:
        """That of a message; None when it is not kept (any more), or cannot be read now."""
