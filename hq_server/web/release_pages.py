"""Releases of the firmware and their rollouts: what is here, who runs what, how it goes on."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.errors import HqError, not_found
from hq_server.releases import changes, rules, store
from hq_server.releases.api import UPLOAD_MAX_BYTES
from hq_server.releases.schemas import NewRollout, Ring
from hq_server.releases.telling import rollout_told
from hq_server.web.render import go, show
from hq_server.web_tools import the_hq

router = APIRouter(include_in_schema=False)
viewer = require("stores.view")
manager = require("fleet.manage")
Text = Annotated[str, Form()]
MANIFEST_START = b"tapwell "
HOUR_S = 3600


@router.get("/releases")
def releases_page(request: Request, visitor: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    return _page(request, hq)


def _page(request: Request, hq: Hq, status: int = 200, problem: str = "", detail: str = "") -> Response:
    with hq.db.read() as connection:
        kept, key = store.releases(connection), store.key_row(connection)
        rolled = [rollout_told(connection, row, hq.now_s()) for row in store.rollouts(connection)]
        known = store.all_running(connection)
    shown = {"releases": kept, "rollouts": rolled, "key": key, "known": known}
    return show(request, "releases.html", status, problem=problem, detail=detail, **shown)


@router.post("/releases/key")
def put_key(
    request: Request, key: Annotated[UploadFile, File()], visitor: Visitor = Depends(manager),
    hq: Hq = Depends(the_hq),
) -> Response:
    try:
        with hq.db.write() as connection:
            changes.set_key(connection, key.file.read(UPLOAD_MAX_BYTES), visitor.name, hq.now_s())
            visitor.note(connection, "release_key", key.filename or "")
    except HqError as wrong:
        return _page(request, hq, wrong.status, wrong.reason, wrong.detail)
    return go(hq, "/releases", told="release_key")


@router.post("/releases")
def add(
    request: Request, files: Annotated[list[UploadFile], File()], visitor: Visitor = Depends(manager),
    hq: Hq = Depends(the_hq),
) -> Response:
    """All files of a release's folder; which is the manifest shows in how it begins."""
    try:
        bodies = _bodies(files)
        manifest = next((body for body in bodies if body.startswith(MANIFEST_START)), b"")
        with hq.db.write() as connection:
            name = changes.add_release(connection, manifest, bodies, visitor.name, hq.now_s())
            visitor.note(connection, "release_added", name)
    except HqError as wrong:
        return _page(request, hq, wrong.status, wrong.reason, wrong.detail)
    return go(hq, "/releases", told="release_added")


def _bodies(files: list[UploadFile]) -> list[bytes]:
    left, bodies = UPLOAD_MAX_BYTES, []
    for file in files:
        bodies.append(file.file.read(left + 1))
        left -= len(bodies[-1])
        if left < 0:
            raise HqError("oversized", f"more than {UPLOAD_MAX_BYTES} bytes", 413)
    return bodies


@router.post("/rollouts")
def start(
    request: Request, release: Text, canary: Text = "", first: Text = "", rest: Text = "", trouble_max: Text = "0",
    soak_h: Text = "24", visitor: Visitor = Depends(manager), hq: Hq = Depends(the_hq),
) -> Response:
    """Three rings as most chains want them: some terminals, some stores, all; the API takes any."""
    try:
        new = _rollout(release, canary, first, bool(rest), trouble_max, soak_h)
        with hq.db.write() as connection:
            number = changes.roll_out(connection, hq.post, new, visitor.name, hq.now_s())
            visitor.note(connection, "rollout_started", release, ", ".join(ring.name for ring in new.rings))
    except HqError as wrong:
        return _page(request, hq, wrong.status, wrong.reason, wrong.detail)
    return go(hq, f"/rollouts/{number}", told="rollout_started")


def _rollout(release: str, canary: str, first: str, rest: bool, trouble_max: str, soak_h: str) -> NewRollout:
    """Raises HqError('bad_rings') for what no rollout can be."""
    some = [Ring("canary", terminals=_words(canary))] if _words(canary) else []
    some += [Ring("first", stores=_words(first))] if _words(first) else []
    some += [Ring("all", all=True)] if rest else []
    try:
        told = {"release": release, "rings": msgspec.to_builtins(some), "trouble_max": int(trouble_max or 0)}
        return msgspec.convert(told | {"soak_s": round(float(soak_h or 0) * HOUR_S)}, NewRollout)
    except (ValueError, OverflowError, msgspec.ValidationError) as wrong:
        raise HqError("bad_rings", str(wrong)) from None


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


@router.get("/rollouts/{number}")
def rollout_page(
    request: Request, number: int, visitor: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)
) -> Response:
    return _rollout_page(request, hq, number)


def _rollout_page(request: Request, hq: Hq, number: int, status: int = 200, problem: str = "", detail: str = ""):
    with hq.db.read() as connection:
        row = store.rollout_row(connection, number)
        if row is None:
            raise not_found(f"rollout {number}")
        told = rollout_told(connection, row, hq.now_s())
    return show(request, "rollout.html", status, rollout=told, problem=problem, detail=detail)


@router.post("/rollouts/{number}/{action}")
def act(
    request: Request, number: int, action: str, visitor: Visitor = Depends(manager), hq: Hq = Depends(the_hq)
) -> Response:
    if action not in rules.ACTIONS:
        raise not_found("action " + action)
    try:
        with hq.db.write() as connection:
            changes.act(connection, hq.post, number, action, hq.now_s())
            visitor.note(connection, "rollout_" + action, str(number))
    except HqError as wrong:
        return _rollout_page(request, hq, number, wrong.status, wrong.reason, wrong.detail)
    return go(hq, f"/rollouts/{number}", told="rollout_" + action)
