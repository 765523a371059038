"""Attendants and supervisors: number, role, PIN as a slow hash, cards."""
