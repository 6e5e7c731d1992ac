"""The stand-in's time of day, which a test can move on."""

import time
from dataclasses import dataclass


@dataclass(slots=True)
class SimulatedClock:
    """The real time, and whatever a test has added to it."""

    ahead: float = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self.ahead

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.ahead += seconds
