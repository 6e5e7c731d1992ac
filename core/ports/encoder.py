"""The port of a model that turns what a text means into numbers."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Encoder(Protocol):
    """Texts that mean the same get vectors of the same direction, each of length one.

    `name` tells models apart: vectors of two of them cannot be compared. Long texts are cut. A
    short text takes about a millisecond, during which other threads run; any thread may call.
    """

    @property
    def name(self) -> str: ...

    def encode(self, text: str) -> NDArray[np.float32]:
        """The vector of a question; it is not kept."""

    def known(self, texts: Sequence[str], *, most: int | None) -> NDArray[np.float32] | None:
        """A row for each text of the knowledge; each is encoded once, and kept over restarts.

        None when more than `most` of them would have to be encoded now.
        """
