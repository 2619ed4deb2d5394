"""Tells people: one message to one recipient by one channel, with its delivery state.

``render`` writes the text in the recipient's language; ``Notices.deliver`` sends one message of the outbox.
"""

from shiming.notices.service import Notices

__all__ = ["Notices"]
