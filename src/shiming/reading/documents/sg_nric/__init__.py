"""The Singapore identity card (NRIC)."""
