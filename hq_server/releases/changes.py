"""Releases and rollouts are written, and gateways are told in the same transaction."""

import json
from collections.abc import Iterable
from hashlib import sha256

import msgspec
from sqlalchemy import Connection

from hq_server.errors import HqError, conflict, not_found
from hq_server.fleet import store as fleet
from hq_server.outbox.post import Post
from hq_server.releases import rules, store
from hq_server.releases.schemas import NewRollout
from hq_server.releases.telling import rollout_of, seats_of, wanted
from protocol.release import MODULUS_BYTES, Release, Unfit, opened


def set_key(connection: Connection, modulus: bytes, who: str, now_s: int) -> None:
    """The key that releases are checked by from now on. Raises HqError('bad_release_key')."""
    if len(modulus) != MODULUS_BYTES or not modulus[-1] & 1:
        raise HqError("bad_release_key", f"want release.key, {MODULUS_BYTES} bytes")
    store.put_key(connection, modulus, who, now_s)


def add_release(connection: Connection, manifest: bytes, files: Iterable[bytes], who: str, now_s: int) -> str:
    """Its name. Raises HqError: no_release_key, bad_release (why boards would refuse it), release_exists."""
    key = store.key_row(connection)
    if key is None:
        raise HqError("no_release_key", "tapwell hq release key FILE")
    try:
        release = opened(manifest, key.modulus)
        bodies = _in_order(release, files)
    except Unfit as unfit:
        raise HqError("bad_release", unfit.reason) from None
    name = f"{release.app}-{release.kind}-{release.number}"
    if store.release_row(connection, name) is not None:
        raise conflict("release_exists", name)
    names = ("app", "kind", "version", "number", "least")
    values = {each: getattr(release, each) for each in names}
    values |= {"id": name, "boards": " ".join(release.boards), "size": release.size(), "manifest": manifest}
    values |= {"digest": sha256(manifest).hexdigest(), "added_at_s": now_s, "added_by": who}
    store.add_release(connection, values, bodies)
    return name


def _in_order(release: Release, files: Iterable[bytes]) -> list[tuple[str, bytes]]:
    """(path, bytes) as the manifest lists them, each found by its hash. Raises Unfit."""
    found = {sha256(body).hexdigest(): body for body in files}
    if any(digest not in found or len(found[digest]) != size for size, digest, _ in release.files):
        raise Unfit("hash")
    return [(path, found[digest]) for _, digest, path in release.files]


def roll_out(connection: Connection, post: Post, new: NewRollout, who: str, now_s: int) -> int:
    """Begins with the first ring; the rollout's number. Raises HqError: not_found, bad_rings, rollout_runs."""
    release = store.release_row(connection, new.release)
    if release is None:
        raise not_found("release " + new.release)
    _check_rings(connection, new)
    for other in store.rollouts(connection):
        if (other.app, other.kind) != (release.app, release.kind):
            continue
        if other.status == rules.RUNNING:
            raise conflict("rollout_runs", f"{other.release}: pause it, or roll it back")
        if other.status in (rules.PAUSED, rules.HALTED):
            store.set_rollout(connection, other.id, status=rules.REPLACED)
    rings = json.dumps([msgspec.to_builtins(ring) for ring in new.rings])
    number = store.add_rollout(
        connection, release=new.release, rings=rings, ring=0, status=rules.RUNNING, trouble_max=new.trouble_max,
        forgiven=0, soak_s=new.soak_s, started_at_s=now_s, started_by=who, ring_at_s=now_s, well_at_s=0, reason="",
    )
    seat_all(connection, post, number, now_s)
    return number


def _check_rings(connection: Connection, new: NewRollout) -> None:
    """Raises HqError('bad_rings') for a ring that names nobody, or somebody who is not there."""
    terminals = {row.terminal for row in fleet.terminals(connection)}
    stores = {row.code for row in fleet.stores(connection)}
    for ring in new.rings:
        unknown = (set(ring.terminals) - terminals) | (set(ring.stores) - stores)
        if unknown:
            raise HqError("bad_rings", "unknown: " + ", ".join(sorted(unknown)))
        if not (ring.all or ring.terminals or ring.stores):
            raise HqError("bad_rings", f"{ring.name} is empty")


def seat_all(connection: Connection, post: Post, number: int, now_s: int) -> int:
    """Gives a place to each fitting terminal of the rings that have begun; how many are new."""
    row = store.rollout_row(connection, number)
    if row is None:
        raise not_found(f"rollout {number}")
    fresh = newcomers(connection, row, now_s)
    if fresh:
        store.add_seats(connection, fresh)
        tell(connection, post, {rules.store_of(seat["terminal"]) for seat in fresh})
    return len(fresh)


def newcomers(connection: Connection, row, now_s: int) -> list[dict]:
    """Rows for terminals that belong into a ring that has begun and have no place yet."""
    there = {seat.terminal for seat in store.seats(connection, row.id)}
    known = {each.id for each in store.releases(connection)}
    rings, boards, fresh = json.loads(row.rings), row.boards.split(" "), []
    for one in store.candidates(connection):
        ring = rules.ring_of(rings, row.ring, one.terminal, one.store)
        fits = (one.app, one.kind) == (row.app, row.kind) and one.board in boards
        if ring is None or not fits or one.terminal in there:
            continue
        if row.status == rules.DONE and one.number >= row.number:
            continue  # it came later and is further than that
        before = f"{one.app}-{one.kind}-{one.number}"
        seat = {"rollout": row.id, "terminal": one.terminal, "ring": ring, "since_s": now_s}
        fresh.append(seat | {"before": before if before in known else "", "was_online": bool(one.online)})
    return fresh


def act(connection: Connection, post: Post, number: int, action: str, now_s: int) -> str:
    """What a person does to a rollout: see rules.ACTIONS. Its new status. Raises HqError."""
    row = store.rollout_row(connection, number)
    if row is None:
        raise not_found(f"rollout {number}")
    if row.status not in rules.ACTIONS[action]:
        raise conflict("rollout_" + row.status, f"rollout {number} is {row.status}")
    values = {
        "pause": lambda: {"status": rules.PAUSED},
        "resume": lambda: {"status": rules.RUNNING, "forgiven": _troubles(connection, row, now_s), "reason": ""},
        "next": lambda: _next_ring(row, now_s),
        "roll_back": lambda: _way_back(connection, row),
    }[action]()
    store.set_rollout(connection, number, **values)
    seat_all(connection, post, number, now_s)
    tell(connection, post, {seat.store for seat in store.seats(connection, number)})
    return values.get("status", row.status)


def _troubles(connection: Connection, row, now_s: int) -> int:
    found = rules.states(seats_of(connection, row.id), rollout_of(row), now_s)
    return sum(one in rules.TROUBLE for one in found.values())


def _next_ring(row, now_s: int) -> dict:
    if row.ring + 1 >= len(json.loads(row.rings)):
        raise conflict("last_ring", "there is no ring after this one")
    return {"ring": row.ring + 1, "ring_at_s": now_s, "well_at_s": 0}


def _way_back(connection: Connection, row) -> dict:
    """Raises HqError('no_way_back') where boards that run it take no release below `least`."""
    known = {each.id: each for each in store.releases(connection)}
    for seat in store.seats(connection, row.id):
        before = known.get(seat.before)
        if before is not None and seat.number == row.number and before.number < row.least:
            raise conflict("no_way_back", f"{seat.terminal}: {row.release} lets boards take none below {row.least}")
    return {"status": rules.ROLLED_BACK}


def tell(connection: Connection, post: Post, stores: Iterable[str]) -> None:
    """Each of these stores' gateways learns all that its terminals shall run."""
    wishes = wanted(connection)
    for code in sorted(stores):
        mine = [wish for wish in wishes if rules.store_of(wish["terminal"]) == code]
        if mine:
            post.send(connection, code, "releases", {"wanted": mine})
