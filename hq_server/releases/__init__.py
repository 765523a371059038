"""Signed releases of the firmware, and how they are rolled out in rings: which terminal shall run which."""
