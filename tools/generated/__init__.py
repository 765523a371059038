"""A chain made up from a seed, as large as wanted: what happened (plan.py), and the facts of it (facts.py)."""
