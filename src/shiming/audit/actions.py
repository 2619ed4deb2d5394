"""Everything that can be recorded: ``source:subject:action``. Closed; add a line for a new deed, never change one."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """What was done. The source is who may do it: holder, staff, engine, service or system."""

    SYSTEM_KEYS_ROTATE = "system:keys:rotate"
    SYSTEM_CHECKPOINT_EXPORT = "system:checkpoint:export"

    ACCOUNT_CREATE = "holder:account:create"
    ACCOUNT_CODE_ISSUE = "holder:code:issue"
    ACCOUNT_CODE_REFUSE = "holder:code:refuse"
    ACCOUNT_SIGN_IN = "holder:session:open"
    ACCOUNT_SIGN_OUT = "holder:session:close"

    STAFF_CREATE = "system:staff:create"
    STAFF_SIGN_IN = "staff:session:open"
    STAFF_SIGN_IN_REFUSE = "staff:session:refuse"
    STAFF_LOCK = "staff:account:lock"
    STAFF_SIGN_OUT = "staff:session:close"
    STAFF_DEACTIVATE = "system:staff:deactivate"

    API_KEY_CREATE = "system:api-key:create"
    API_KEY_REVOKE = "system:api-key:revoke"

    REGISTRATION_CREATED = "holder:registration:create"
    REGISTRATION_MOVED = "engine:registration:move"
    FORM_SAVED = "holder:form:save"
    FORM_DECLARED = "holder:form:declare"
    CONSENT_RECORDED = "holder:consent:record"
    CODE_ISSUED = "holder:activation-code:issue"
    CODE_REDEEMED = "holder:activation-code:redeem"
    CODE_REFUSED = "holder:activation-code:refuse"
    CARD_CLAIM_REFUSED = "holder:card:claim-refuse"
    CARD_MOVED = "engine:card:move"
    STOCK_IMPORTED = "staff:stock:import"
    EVIDENCE_RECEIVED = "holder:evidence:receive"
    EVIDENCE_VIEWED = "staff:evidence:view"
    DECISION_MADE = "staff:decision:make"
    DECISION_TAKEN_BACK = "staff:decision:take-back"
    DECISION_TOOK_EFFECT = "engine:decision:effect"
    REVIEW_CLAIMED = "staff:review:claim"
    REVIEW_OPENED = "staff:review:open"
    DOUBTS_OPENED = "staff:doubts:open"
    DOUBT_SETTLED = "staff:doubts:settle"
