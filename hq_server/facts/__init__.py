"""What reports count: columnar rows made from the event log alone, in files that never change."""
