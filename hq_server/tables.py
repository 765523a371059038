"""Every table of head office, registered on one metadata. Import this before asking the metadata for anything."""

import importlib

from hq_server.db import metadata

NOUNS = (
    "access", "alarms", "backup", "blocks", "cards", "cases", "chain", "decisions", "fleet", "floats", "fuel", "goods",
    "imports", "ingest", "ledger", "members", "outbox", "recovery", "refunds", "releases", "rules", "segments", "staff",
)

for noun in NOUNS:
    importlib.import_module("hq_server.%s.store" % noun)

__all__ = ["NOUNS", "metadata"]
