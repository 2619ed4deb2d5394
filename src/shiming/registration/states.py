"""States and legal moves. A move not in these tables is refused, naming state and move."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from shiming.registration.problems import Problem


class RegistrationState(StrEnum):
    """Where a registration stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHECKING = "checking"
    APPROVED = "approved"
    REJECTED = "rejected"
    ACTION_REQUIRED = "action-required"
    IN_REVIEW = "in-review"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class CardState(StrEnum):
    """Where a card's service stands. Only the operator's confirmation makes it ``in-service``.

    Who has reserved the card is apart from it (the card's ``account_id``): a card that works already stays ``unregistered``
    while somebody registers it; ``reserved`` is a card of the stock that an account has reserved.
    """

    IN_STOCK = "in-stock"
    UNREGISTERED = "unregistered"
    """It works, restricted as the programme says, and nobody is registered for it yet."""
    RESERVED = "reserved"
    ACTIVATING = "activating"
    AWAITING_ACT = "awaiting-act"
    """The operator opened it; the holder still has to send a text or to call (row B6)."""
    IN_SERVICE = "in-service"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


class EvidenceState(StrEnum):
    """Where a piece of evidence stands."""

    RECEIVED = "received"
    READ = "read"
    UNUSABLE = "unusable"


class IllegalMove(Problem):
    """A move that the state does not allow."""

    def __init__(self, kind: str, state: str, move: str) -> None:
        super().__init__("WRONG_STATE")
        self.args = (f"{kind} in state {str(state)!r} cannot {move!r}",)


_R = RegistrationState
REGISTRATION_MOVES: Mapping[str, Mapping[RegistrationState, RegistrationState]] = {
    "submit": {_R.DRAFT: _R.SUBMITTED, _R.ACTION_REQUIRED: _R.SUBMITTED},
    "begin-checking": {_R.SUBMITTED: _R.CHECKING},
    "approve": {_R.CHECKING: _R.APPROVED, _R.IN_REVIEW: _R.APPROVED},
    # From `checking` only for card and limit faults that no person could decide otherwise (the decision floor sees to it).
    "reject": {_R.CHECKING: _R.REJECTED, _R.IN_REVIEW: _R.REJECTED},
    "retry": {_R.CHECKING: _R.ACTION_REQUIRED, _R.IN_REVIEW: _R.ACTION_REQUIRED},
    "refer": {_R.CHECKING: _R.IN_REVIEW},
    # Only before the decision takes effect; `deciding.take_back` holds it to that.
    "take-back": {_R.APPROVED: _R.IN_REVIEW, _R.REJECTED: _R.IN_REVIEW, _R.ACTION_REQUIRED: _R.IN_REVIEW},
    "appeal": {_R.REJECTED: _R.IN_REVIEW},
    "withdraw": dict.fromkeys(
        (_R.DRAFT, _R.SUBMITTED, _R.CHECKING, _R.ACTION_REQUIRED, _R.IN_REVIEW), RegistrationState.WITHDRAWN
    ),
    "expire": dict.fromkeys((_R.DRAFT, _R.ACTION_REQUIRED), RegistrationState.EXPIRED),
}

_C = CardState
CARD_MOVES: Mapping[str, Mapping[CardState, CardState]] = {
    "use": {_C.IN_STOCK: _C.UNREGISTERED},
    "reserve": {_C.IN_STOCK: _C.RESERVED},
    "release": {_C.RESERVED: _C.IN_STOCK},
    "activate": dict.fromkeys((_C.RESERVED, _C.UNREGISTERED, _C.SUSPENDED), CardState.ACTIVATING),
    # It was in service before it came here.
    "import": {_C.IN_STOCK: _C.IN_SERVICE},
    "await-act": {_C.ACTIVATING: _C.AWAITING_ACT},
    "act": {_C.AWAITING_ACT: _C.ACTIVATING},
    "confirm": {_C.ACTIVATING: _C.IN_SERVICE},
    # The line of another card of the same holder moved here.
    "take-over": {_C.RESERVED: _C.IN_SERVICE},
    "hand-over": {_C.IN_SERVICE: _C.CANCELLED},
    "suspend": dict.fromkeys((_C.UNREGISTERED, _C.AWAITING_ACT, _C.IN_SERVICE), CardState.SUSPENDED),
    "resume": {_C.SUSPENDED: _C.IN_SERVICE},
    # A card that was suspended before anybody registered it works again, unregistered as before.
    "resume-unregistered": {_C.SUSPENDED: _C.UNREGISTERED},
    "cancel": dict.fromkeys(
        (_C.IN_STOCK, _C.UNREGISTERED, _C.RESERVED, _C.AWAITING_ACT, _C.IN_SERVICE, _C.SUSPENDED), CardState.CANCELLED
    ),
}

_E = EvidenceState
EVIDENCE_MOVES: Mapping[str, Mapping[EvidenceState, EvidenceState]] = {
    "read": {_E.RECEIVED: _E.READ},
    "refuse": {_E.RECEIVED: _E.UNUSABLE},
}


def registration_after(state: RegistrationState, move: str) -> RegistrationState:
    """The state after a move. Raises ``IllegalMove``."""
    target = REGISTRATION_MOVES[move].get(state)
    if target is None:
        raise IllegalMove("registration", state, move)
    return target


def card_after(state: CardState, move: str) -> CardState:
    """The card's state after a move. Raises ``IllegalMove``."""
    target = CARD_MOVES[move].get(state)
    if target is None:
        raise IllegalMove("card", state, move)
    return target


def evidence_after(state: EvidenceState, move: str) -> EvidenceState:
    """The evidence's state after a move. Raises ``IllegalMove``."""
    target = EVIDENCE_MOVES[move].get(state)
    if target is None:
        raise IllegalMove("evidence", state, move)
    return target
