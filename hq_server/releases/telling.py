"""Releases and rollouts as gateways, programs and pages are told of them."""

import json

from sqlalchemy import Connection

from hq_server.releases import rules, store

LATER = "later"  # the terminal takes part in a later rollout: this one says nothing of it any more


def seats_of(connection: Connection, number: int) -> list[rules.Seat]:
    """The terminals of a rollout for its rules."""
    return [
        rules.Seat(
            row.terminal, row.ring, row.before, bool(row.was_online), bool(row.online), row.seen_at_s,
            row.heartbeat_at_s or 0, row.number, row.failed, row.why, row.loading, row.loaded,
        )
        for row in store.seats(connection, number)
        if row.status == "active"
    ]


def rollout_of(row) -> rules.Rollout:
    """A row of store.rollouts for its rules."""
    rings = len(json.loads(row.rings))
    return rules.Rollout(
        row.number, row.size, row.status, rings, row.ring, row.trouble_max, row.forgiven, row.soak_s, row.well_at_s
    )


def wanted(connection: Connection) -> list[dict]:
    """What each terminal that ever took part in a rollout shall run, with the hash of its manifest."""
    known = {row.id: row for row in store.releases(connection)}
    newest, told = store.newest_rollouts(connection), []
    for row in store.rollouts(connection):
        for seat in store.seats(connection, row.id):
            if newest[seat.terminal] != row.id:
                continue
            name = rules.shall_run(row.release, seat.before, row.status, seat.number == row.number)
            release = known.get(name)
            told.append(
                {"terminal": seat.terminal, "release": name, "number": release.number if release else 0,
                 "app": row.app, "kind": row.kind, "manifest": release.digest if release else ""}
            )
    return sorted(told, key=lambda one: one["terminal"])


def release_told(row) -> dict:
    """One release without its bytes."""
    names = ("id", "app", "kind", "version", "number", "least", "size", "added_at_s", "added_by")
    return {name: getattr(row, name) for name in names} | {"boards": row.boards.split(" ")}


def rollout_told(connection: Connection, row, now_s: int) -> dict:
    """One rollout with its rings and each terminal's state."""
    rollout, seats = rollout_of(row), seats_of(connection, row.id)
    newest = store.newest_rollouts(connection)
    found = rules.states(seats, rollout, now_s)
    found |= {terminal: LATER for terminal in found if newest[terminal] != row.id}
    names = ("id", "release", "app", "kind", "version", "number", "ring", "status", "trouble_max", "soak_s", "reason",
             "started_at_s", "started_by", "ring_at_s", "well_at_s")  # fmt: skip
    told = {name: getattr(row, name) for name in names}
    told["actions"] = [action for action, when in rules.ACTIONS.items() if row.status in when]
    told["rings"] = [
        ring | {"n": at, "begun": at <= row.ring, "counts": _counts(found, seats, at)}
        for at, ring in enumerate(json.loads(row.rings))
    ]
    told["counts"] = _counts(found, seats)
    told["terminals"] = [_seat_told(row, seat, found[seat.terminal]) for seat in seats]
    return told


def _counts(found: dict[str, str], seats: list[rules.Seat], ring: int | None = None) -> dict[str, int]:
    mine = [found[seat.terminal] for seat in seats if ring is None or seat.ring == ring]
    return {state: mine.count(state) for state in (*rules.STATES, LATER) if state in mine}


def _seat_told(row, seat: rules.Seat, state: str) -> dict:
    shall = rules.shall_run(row.release, seat.before, row.status, seat.number == row.number)
    return {
        "terminal": seat.terminal, "store": rules.store_of(seat.terminal), "ring": seat.ring, "state": state,
        "wanted": shall, "runs": seat.number, "before": seat.before, "why": seat.why if seat.failed else "",
        "loaded": seat.loaded if seat.loading == row.number else 0, "online": seat.online,
        "seen_at_s": seat.seen_at_s,
    }
