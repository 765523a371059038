"""Backups of head office: one file with everything, enciphered; made while it runs, verified, restored."""
