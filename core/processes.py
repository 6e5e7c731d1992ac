"""What a process of our own is given of this one's environment."""

import os
import sys
from collections.abc import Mapping

PASSED_ON = ("PATH", "PYTHONPATH", "PYTHONHOME", "SYSTEMROOT", "LD_LIBRARY_PATH", "LANG")
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def bare_environment() -> Mapping[str, str]:
    """Nothing of the bot's own settings: such a process needs no secret."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    path = os.pathsep.join(one for one in sys.path if one)
    return {**kept, "PYTHONPATH": path, **ONE_THREAD}
