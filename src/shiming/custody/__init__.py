"""Keep and let go: retention, erasure, export, the cards in one's name, disputes, lawful requests, offers.

Every deletion leaves a row in ``deletion`` and an entry in the audit record, both without personal data.
"""
