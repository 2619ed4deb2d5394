"""Any other identity document: what could be read of it by labels in many languages."""
