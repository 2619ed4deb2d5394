"""The core: registration, card, party, binding, evidence, finding, decision; states and legal moves. Plain Python."""
