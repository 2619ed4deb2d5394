"""The holder's pages: one task a screen, forms that work without scripts, islands on top where a script helps."""
