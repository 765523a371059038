"""What somebody should look at: one row per kind and place, counted, until it is closed."""
