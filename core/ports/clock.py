"""Time and names, injected so that tests decide them."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

Clock = Callable[[], datetime]
"""The time now, aware and in UTC."""

NewId = Callable[[], UUID]
"""A new UUIDv7: ids sort by the time they were made."""
