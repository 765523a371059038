"""Faults planted into a copy of the production code, one at a time: the simulator must find each of them.

Every patch replaces a text that must occur exactly once in its file. `within` is how many seeds it may take at most,
counted from any first seed; what it took is printed by `make sim-mutants`.
"""

from tools.simulation.planted_as import Mutant, Patch
from tools.simulation.planted_as import one as _one
from tools.simulation.planted_pumps import PUMP_MUTANTS

TRADE, COUNTER, LANES, MONEY = (f"gateway/core/{name}.py" for name in ("trade", "counter", "lanes", "money"))
MOVES, INBOX, WITNESS, AUTHORISE = (f"gateway/core/{name}.py" for name in ("moves", "inbox", "witness", "authorise"))
VOIDING = "gateway/core/voiding.py"
BOOKING, ASKING, HQ_MOVES = (f"hq_server/vault/{name}.py" for name in ("booking", "asking", "moves"))
LIVES, PLACING, EFFECTS = (f"hq_server/vault/{name}.py" for name in ("lives", "placing", "effects"))
RIGHTS = "hq_server/vault/rights.py"
REFUNDING, UPKEEP = "gateway/core/refunding.py", "gateway/core/upkeep.py"
FLOATS, HOLDS, CREDITS, EXPIRY = (f"protocol/ledger/{name}.py" for name in ("floats", "holds", "credits", "expiry"))

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
        "no tombstone of a void", 150, LANES,
        "    if lane.outcome in VOIDED:\n        return REPEAT\n",
        "    if lane.outcome in VOIDED:\n        return REPEAT if message == 'void' else NEW\n",
    ),
    _one(
        "a late request of an older sequence is taken", 60, LANES,
        'return "stale_request"', 'return "stale_request" if message == "void" else NEW',
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
        "credit without issuing right", 150, CREDITS,
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
        '    trade.books.keep("hq_cursor", str(number))\n    if another',
        "    if another",
    ),
    _one(
        "what was said to the life before is taken", 200, INBOX,
        '    return life in ("", trade.incarnation)', "    return True",
    ),
    _one(
        "a grant leaves the pool untouched", 60, HQ_MOVES,
        '    book.note("grant", number, account, booking.entries, store=store)\n    book.save()',
        '    book.note("grant", number, account, booking.entries, store=store)',
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
        "    if incarnation == trade.incarnation and seq > known:",
        "    if seq > known:",
    ),
    _one(
        "a disk that was set back grows past what it has lost", 400, WITNESS,
        "    return trade.seen.get(terminal, trade.head().seq)", "    return trade.head().seq",
    ),
    _one(
        "lanes tell what may be forgotten on a disk that was set back", 400, WITNESS,
        "    return not trade.fenced() and terminal not in trade.awaited", "    return True",
    ),
    _one(
        "journals forget what no backup of head office has", 200, INBOX,
        'upto = booked_seq if trade.books.value("unbacked") else min(booked_seq, trade.number("safe_seq"))',
        "upto = booked_seq",
    ),
    _one(
        "a coupon is not used up", 60, "protocol/ledger/coupons.py",
        "        booking = take_parts(booking, transfer, [(asset, lot, 1)], spent_to(asset, holding.holder), first_n)",
        "        booking = booking._replace(holding=holding)",
    ),
    _one(
        "once for each member is made each time", 60, ASKING,
        'if asset.startswith("once:") and not vault.has_own(once_transfer(name, account)):',
        'if asset.startswith("once:"):',
    ),
    _one(
        "no witness", 100, WITNESS,
        "    if incarnation == trade.incarnation and seq > known:",
        "    if incarnation == trade.incarnation and seq > known + 1_000_000:",
    ),
    _one(
        "a gone life's float is left lying", 100, LIVES,
        "    moved = into_suspense(vault, store, gateway.incarnation)",
        "    moved = 0",
    ),
    _one(
        "a wish is granted again when it is asked again", 150, ASKING,
        "    if _seen(vault, store, wanted):\n        return []",
        "    _seen(vault, store, wanted)",
    ),
    _one(
        "a void gives nothing back", 100, VOIDING,
        "    return _reverse(trade, asked) if approved else bury(trade, asked)",
        "    return bury(trade, asked)",
    ),
    _one(
        "a returned slice stays in the float", 60, MOVES,
        "    trade.books.save(holding, booking.holding)\n    told = {\"transfer\": return_id,",
        "    told = {\"transfer\": return_id,",
    ),
    _one(
        "timed reclaim", 60, PLACING,
        "    here = vault.held(account)\n    pool_cents",
        "    from hq_server.vault.book import Book\n"
        "    for row in vault.open_grants(account):\n"
        "        if vault.now_s - row.created_at_s > 30:\n"
        "            book = Book(vault)\n"
        "            moves.grant_answered(vault, book, row, False)\n"
        "            book.save()\n"
        "    here = vault.held(account)\n    pool_cents",
    ),
    _one(
        "recall ignores holds", 200, FLOATS,
        "    slices = [one for one in free(giver) if lots is None or one.lot in lots]",
        "    slices = [one for one in giver.slices if lots is None or one.lot in lots]",
    ),
    _one(
        "expiry takes what is on hold", 400, EXPIRY,
        "    return tuple(one for one in free(holding) if one.amount",
        "    return tuple(one for one in holding.slices if one.amount",
    ),
    _one(
        "expiry without an entry", 100, UPKEEP,
        '    trade.write_event("expired", booking.entries,',
        '    trade.write_event("expired", booking.entries[1:],',
    ),
    _one(
        "what is pumped above the hold costs nothing", 200, HOLDS,
        "    return _beyond_lots(booking, left, transfer, cents - held_cents(held), first_n)",
        "    return booking",
    ),
    _one(
        "release raises the float", 200, HOLDS,
        "    return held if isinstance(held, Refusal) else Booking((), _put(holding, held))\n\n\ndef _step(",
        "    if isinstance(held, Refusal):\n        return held\n    after = _put(holding, held)\n"
        "    for part in held.parts if event == 'void' else ():\n"
        "        after = credited(after, slice_of(after, part.lot)._replace(amount=part.amount))\n"
        "    return Booking((), after)\n\n\ndef _step(",
    ),
    _one(
        "a refund right that left stays", 200, MOVES,
        "    if right is not None:\n        refunding.keep(trade, sale, None)\n",
        "",
    ),
    _one(
        "a refund leaves the right as it was", 100, REFUNDING,
        "    keep(trade, right.sale, right, sale.receipt, right.store)\n",
        "",
    ),
    _one(
        "witness per request only", 600, WITNESS,
        "    trade.awaited = set(trade.books.active_terminals(since_s))",
        "    trade.awaited = set()",
    ),
    _one(
        "an old hello counts as an answer", 400, WITNESS,
        "    elif answers == trade.asks:",
        "    else:",
    ),
    _one(
        "what comes to light is booked twice", 200, BOOKING,
        "        if key in places or one.known:",
        "        if (key in places and not one.salvaged) or one.known:",
    ),
    _one(
        "a request booked twice is booked as told", 400, BOOKING,
        "        if key in places or one.known:",
        "        if (key in places and one.salvaged) or one.known:",
    ),
    _one(
        "grants during recovery", 200, "hq_server/vault/recovery.py",
        "    return any(row.status == AWAITED for row in awaited(vault))\n\n\ndef awaited",
        "    return False\n\n\ndef awaited",
    ),
    _one(
        "a right is granted and never counted", 60, RIGHTS,
        "    book.save()\n    vault.send(gateway.store",
        "    vault.send(gateway.store",
    ),
    _one(
        "receipts begin anew in each batch", 60, TRADE,
        '        number = self.number("receipt") + 1',
        '        number = self.number("receipt") or 1',
    ),
    _one(
        "a new life forgets what those before it lent", 300, MOVES,
        '        trade.books.owe(account, {"offline": cents})\n',
        "",
    ),
    *PUMP_MUTANTS,
)
