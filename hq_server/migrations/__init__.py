"""Alembic migrations: versions/ in order; upgrade.py runs them; env.py is what alembic itself calls."""
