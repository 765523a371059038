"""The deterministic simulator: one seed is one chain of stores over some days, with everything that can go wrong."""
