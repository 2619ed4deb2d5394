"""Floor 4: findings + rules -> a decision, with its explanation. Pure: the same findings always give the same decision."""

from shiming.decision.deciding import Consequence, consequence, decide, replay
from shiming.decision.explaining import Line, explain

__all__ = ["Consequence", "Line", "consequence", "decide", "explain", "replay"]
