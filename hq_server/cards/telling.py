"""What is said of cards: a block as it stands now, key sets that are out."""

from sqlalchemy import Connection

from hq_server.blocks import store as blocks
from hq_server.blocks.telling import spent_in_the_gap, standings, told_as
from hq_server.cards import rules, store
from hq_server.errors import not_found


def of_block(connection: Connection, number: int) -> dict:
    """A line of the deny list for programs. Raises HqError('not_found')."""
    row = blocks.block_row(connection, number)
    if row is None:
        raise not_found(f"block {number}")
    (standing,) = standings(connection, [row])
    return told_as(standing, spent_in_the_gap(connection, row))


def key_sets(connection: Connection, after: str = "", limit: int = 100) -> dict:
    """Counts by key sets, the newest of each purpose, and the cards that carry an older one."""
    counts = {row.key_sets: row.cards for row in store.counts_by_key_sets(connection)}
    newest = rules.newest(counts)
    behind = [text for text in counts if rules.older(text, newest)]
    rows = store.cards_made_with(connection, behind, after, limit) if behind else []
    return {
        "counts": [{"key_sets": text, "cards": cards} for text, cards in counts.items()],
        "newest": {str(purpose): number for purpose, number in sorted(newest.items())},
        "older": [{"card": row.card, "account": row.account, "key_sets": row.key_sets} for row in rows],
        "cards_older": sum(counts[text] for text in behind),
        "next": rows[-1].card if len(rows) == limit else None,
    }


def in_words(told: dict, now_s: int, money) -> str:
    """'blocked at 41 of 42 stores; up to 63.20 still spendable at 0017, last heard 3 h ago'. money: cents -> text."""
    words = f"{told['status']} at {told['acknowledged']} of {told['stores']} stores"
    late = told["waiting"]
    if not late:
        return words
    first = [one for one in late if one["stored_cents"] or one["lend_cents"]] or late[:1]
    places = ", ".join(f"{one['store']}, last heard {age(now_s, one['heard_at_s'])}" for one in first[:3])
    more = f" and {len(first) - 3} more" if len(first) > 3 else ""
    if not told["spendable_cents"] and not told["lend_cents"]:
        return f"{words}; nothing left to spend at {places}{more}"
    lend = f" and {money(told['lend_cents'])} lent while cut off" if told["lend_cents"] else ""
    return f"{words}; up to {money(told['spendable_cents'])}{lend} still spendable at {places}{more}"


AGES = ((120, 1, "s"), (7200, 60, "min"), (172800, 3600, "h"))


def age(now_s: int, at_s: int) -> str:
    """'3 h ago'; 'never'."""
    if not at_s:
        return "never"
    seconds = max(0, now_s - at_s)
    unit_s, unit = next(((each, name) for bound, each, name in AGES if seconds < bound), (86400, "days"))
    return f"{seconds // unit_s} {unit} ago"
