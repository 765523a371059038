"""Faults planted into a copy of the production code, one at a time: the simulator must find each of them.

Every patch replaces a text that must occur exactly once in its file. `within` is how many seeds it may take at most,
counted from any first seed; what it took is printed by `make sim-mutants`.
"""

from typing import NamedTuple


class Patch(NamedTuple):
    """old -> new in a file."""

    file: str
    old: str
    new: str


class Mutant(NamedTuple):
    """A defence taken away."""

    name: str
    within: int
    patches: tuple[Patch, ...]


def _one(name: str, within: int, file: str, old: str, new: str) -> Mutant:
    return Mutant(name, within, (Patch(file, old, new),))


TRADE, COUNTER, LANES, MONEY = (f"gateway/core/{name}.py" for name in ("trade", "counter", "lanes", "money"))
MOVES, INBOX, WITNESS, AUTHORISE = (f"gateway/core/{name}.py" for name in ("moves", "inbox", "witness", "authorise"))
VOIDING = "gateway/core/voiding.py"
BOOKING, ASKING, HQ_MOVES = (f"hq_server/vault/{name}.py" for name in ("booking", "asking", "moves"))
LIVES, PLACING, EFFECTS = (f"hq_server/vault/{name}.py" for name in ("lives", "placing", "effects"))
FLOATS, LOTS, CREDITS = (f"protocol/ledger/{name}.py" for name in ("floats", "lots", "credits"))

MUTANTS = (
    _one(
        "reply before commit", 60, TRADE,
        "            result = work()\n            self.books.commit()\n",
        "            self.books.commit()\n            result = work()\n",
    ),
    _one(
        "a repeat is decided anew", 60, LANES,
        'return REPEAT if (message, digest) == (lane.message, lane.digest) else "id_conflict"',
        'return NEW if (message, digest) == (lane.message, lane.digest) else "id_conflict"',
    ),
    _one(
        "no tombstone of a void", 60, LANES,
        "    if lane.outcome in VOIDED:\n        return REPEAT\n",
        "    if lane.outcome in VOIDED:\n        return REPEAT if message == 'void' else NEW\n",
    ),
    _one(
        "a late request of an older sequence is taken", 60, LANES,
        'return "stale_request"', 'return "stale_request" if message == "void" else NEW',
    ),
    _one(
        "a void gives nothing back", 60, VOIDING,
        "    return _reverse(trade, asked) if approved else _bury(trade, asked)",
        "    return _bury(trade, asked)",
    ),
    _one(
        "cached balance instead of float", 60, AUTHORISE,
        "    if isinstance(spent, Refusal):\n        return spent\n    tenders",
        "    known = facts.member.principal if facts.member else 0\n"
        "    if isinstance(spent, Refusal) and asked['stored_cents'] <= known:\n"
        "        from protocol.ledger.entries import Entry, Line, member_line\n"
        "        line = member_line(asked['account'], 'principal', facts.holding.holder, '0' * 16)\n"
        "        to = Line('revenue', facts.holding.holder, 'principal')\n"
        "        one = Entry(facts.transfer, 1, line, to, max(1, asked['stored_cents']))\n"
        "        spent = Booking((one,), facts.holding)\n"
        "    if isinstance(spent, Refusal):\n        return spent\n    tenders",
    ),
    _one(
        "credit without issuing right", 60, CREDITS,
        "    lacking = missing(rights, wanted)\n    if lacking:\n        return Refusal(",
        "    lacking = missing(rights, wanted)\n    if lacking and 'nobody' in wanted:\n        return Refusal(",
    ),
    Mutant(
        "a repeated grant is credited without a look at its id", 60,
        (
            Patch(INBOX, "    if number <= cursor or trade.fenced():", "    if number < cursor or trade.fenced():"),
            Patch(INBOX, "    if number != cursor + 1:", "    if number > cursor + 1:"),
            Patch(MOVES, 'if _seen(trade, grant_id, "grant", digest):', 'if _seen(trade, "", "grant", digest):'),
        ),
    ),
    _one(
        "the cursor is not kept", 60, INBOX,
        '    trade.books.keep("hq_cursor", str(number))\n    _obey',
        "    _obey",
    ),
    _one(
        "a returned slice stays in the float", 60, MOVES,
        "holding, return_id, up_to)\n    trade.books.save(holding, booking.holding)",
        "holding, return_id, up_to)",
    ),
    _one(
        "a grant of another life is credited", 400, MOVES,
        '!= trade.incarnation:\n        _tombstone(trade, grant_id, digest, body["account"])',
        '== "":\n        _tombstone(trade, grant_id, digest, body["account"])',
    ),
    _one(
        "a grant leaves the pool untouched", 60, HQ_MOVES,
        '    book.note("grant", number, account, booking.entries, store=store)\n    book.save()',
        '    book.note("grant", number, account, booking.entries, store=store)',
    ),
    _one(
        "timed reclaim", 60, PLACING,
        "    here = vault.held(account)\n    plan",
        "    from hq_server.vault.book import Book\n"
        "    for row in vault.open_grants(account):\n"
        "        if vault.now_s - row.created_at_s > 30:\n"
        "            book = Book(vault)\n"
        "            moves.grant_answered(vault, book, row, False)\n"
        "            book.save()\n"
        "    here = vault.held(account)\n    plan",
    ),
    _one(
        "the chain is not checked", 200, BOOKING,
        "        if batch.header.prev_hash != life.head:",
        "        if batch.header.prev_hash == '':",
    ),
    _one(
        "a known event is not compared", 200, BOOKING,
        "    if vault.hash_at(life.incarnation, last_known.event.seq) != last_known.hash:",
        "    if vault.hash_at(life.incarnation, last_known.event.seq) is None:",
    ),
    _one(
        "a stale hello fences a healthy gateway", 100, WITNESS,
        "    if incarnation == trade.incarnation and seq > own:",
        "    if seq > own:",
    ),
    _one(
        "no witness", 100, WITNESS,
        "    if incarnation == trade.incarnation and seq > own:",
        "    if incarnation == trade.incarnation and seq > own + 1_000_000:",
    ),
    _one(
        "a gone life's float is left lying", 100, LIVES,
        "    moved = into_suspense(vault, store, gateway.incarnation)",
        "    moved = 0",
    ),
    _one(
        "a wish is granted again when it is asked again", 60, ASKING,
        "    if _seen(vault, store, wanted):\n        return []",
        "    _seen(vault, store, wanted)",
    ),
    _one(
        "ids of wishes begin anew at each start", 200, TRADE,
        "        request = self.random(16).hex()",
        "        self.asked = getattr(self, 'asked', 0) + 1\n        request = f'{self.asked:032x}'",
    ),
)
