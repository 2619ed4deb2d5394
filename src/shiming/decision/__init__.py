"""Floor 4: findings + rules -> a decision, with its explanation. Pure: the same findings always give the same decision."""

from shiming.decision.deciding import ATTEMPTS_EXCEEDED, Consequence, consequence, decide, replay
from shiming.decision.explaining import Line, explain

__all__ = ["ATTEMPTS_EXCEEDED", "Consequence", "Line", "consequence", "decide", "explain", "replay"]
