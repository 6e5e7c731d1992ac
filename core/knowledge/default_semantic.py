"""placeholder until learned"""

from core.knowledge.confidence import Calibration, Weights

DEFAULT_SEMANTIC = Calibration(
    plain=Weights((0.0,) * 29, (0.0,) * 29), classified=Weights((0.0,) * 34, (0.0,) * 34)
)
