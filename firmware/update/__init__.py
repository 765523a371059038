"""Signed updates of the app: loaded into the slot that does not run, tried, confirmed or rolled back."""
