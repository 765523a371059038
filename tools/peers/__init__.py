"""Programs that others wrote, run against our reader and card; `python -m tools.peers`."""
