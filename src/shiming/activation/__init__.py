"""Acts at the operator's systems: asks for cards, opens lines, hears when they are open."""
