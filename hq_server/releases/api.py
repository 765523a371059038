"""Releases and rollouts for programs: /api/v1."""

from fastapi import APIRouter, Depends, Request, Response

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.errors import not_found
from hq_server.releases import changes, rules, store
from hq_server.releases.schemas import NewKey, NewRelease, NewRollout
from hq_server.releases.telling import release_told, rollout_told
from hq_server.web_tools import answer, body_bytes, decoded, the_body, the_hq

router = APIRouter(prefix="/api/v1", tags=["releases"])

viewer = require("stores.view")
manager = require("fleet.manage")
UPLOAD_MAX_BYTES = 32 * 1024 * 1024


async def the_upload(request: Request) -> bytes:
    """A body that may hold an image."""
    return await body_bytes(request, UPLOAD_MAX_BYTES)


@router.put("/releases/key")
def put_key(raw: bytes = Depends(the_body), who: Visitor = Depends(manager), hq: Hq = Depends(the_hq)) -> Response:
    """The public half of the chain's release key, base64."""
    with hq.db.write() as connection:
        changes.set_key(connection, decoded(raw, NewKey).modulus, who.name, hq.now_s())
        who.note(connection, "release_key", "release.key")
    return answer({"bytes": len(decoded(raw, NewKey).modulus)})


@router.get("/releases")
def get_releases(_: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    """All releases, the newest first."""
    with hq.db.read() as connection:
        return answer({"releases": [release_told(row) for row in store.releases(connection)]})


@router.post("/releases")
def post_release(
    raw: bytes = Depends(the_upload), who: Visitor = Depends(manager), hq: Hq = Depends(the_hq)
) -> Response:
    """A release: its signature and every file are checked first."""
    new = decoded(raw, NewRelease)
    with hq.db.write() as connection:
        name = changes.add_release(connection, new.manifest, new.files, who.name, hq.now_s())
        who.note(connection, "release_added", name)
    return answer({"release": name}, 201)


@router.get("/rollouts")
def get_rollouts(_: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    """All rollouts with their terminals, the newest first."""
    with hq.db.read() as connection:
        return answer({"rollouts": [rollout_told(connection, row, hq.now_s()) for row in store.rollouts(connection)]})


@router.get("/rollouts/{number}")
def get_rollout(number: int, _: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    """One rollout."""
    with hq.db.read() as connection:
        row = store.rollout_row(connection, number)
        if row is None:
            raise not_found(f"rollout {number}")
        return answer(rollout_told(connection, row, hq.now_s()))


@router.post("/rollouts")
def post_rollout(raw: bytes = Depends(the_body), who: Visitor = Depends(manager), hq: Hq = Depends(the_hq)) -> Response:
    """Begins a rollout with its first ring."""
    new = decoded(raw, NewRollout)
    with hq.db.write() as connection:
        number = changes.roll_out(connection, hq.post, new, who.name, hq.now_s())
        who.note(connection, "rollout_started", new.release, ", ".join(ring.name for ring in new.rings))
    return answer({"rollout": number}, 201)


@router.post("/rollouts/{number}/{action}")
def post_action(
    number: int, action: str, who: Visitor = Depends(manager), hq: Hq = Depends(the_hq)
) -> Response:
    """pause, resume, next (ring), roll_back."""
    if action not in rules.ACTIONS:
        raise not_found("action " + action)
    with hq.db.write() as connection:
        status = changes.act(connection, hq.post, number, action, hq.now_s())
        who.note(connection, "rollout_" + action, str(number))
    return answer({"rollout": number, "status": status})
