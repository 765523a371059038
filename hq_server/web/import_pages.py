"""Imports: a file, what it would do, and then doing it. The file waits in head office's directory in between."""

import re
import time
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from fastapi.responses import Response as Plain

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.errors import HqError, not_found
from hq_server.imports import store, templates
from hq_server.imports.columns import KINDS
from hq_server.imports.run import PERMISSIONS, Result, bring
from hq_server.web.render import show
from hq_server.web_tools import the_hq

router = APIRouter(include_in_schema=False)
viewer = require("stores.view")
Text = Annotated[str, Form()]
UPLOAD_MAX_BYTES = 64 * 1024 * 1024
WAITING_MAX = 20  # files; they hold people's data: the oldest goes first, and each after a day
WAITING_S = 86400
CELLS_SHOWN = 200
TYPES = {
    "csv": ("text/csv; charset=utf-8", templates.as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", templates.as_xlsx),
}


@router.get("/imports")
def imports_page(request: Request, visitor: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    return _page(request, hq, visitor)


@router.get("/imports/template/{language}/{kind}.{form}")
def template(language: str, kind: str, form: str, visitor: Visitor = Depends(viewer)) -> Response:
    if kind not in KINDS or form not in TYPES or language not in templates.LANGUAGES:
        raise not_found("template " + kind)
    media, made = TYPES[form]
    named = {"content-disposition": f'attachment; filename="tapwell-{kind}-{language}.{form}"'}
    return Plain(made(kind, language), media_type=media, headers=named)


@router.post("/imports")
def try_out(
    request: Request, kind: Text, file: Annotated[UploadFile, File()], visitor: Visitor = Depends(viewer),
    hq: Hq = Depends(the_hq),
) -> Response:  # fmt: skip
    """A dry run; the file is kept until it is imported or others push it out."""
    raw = file.file.read(UPLOAD_MAX_BYTES + 1)
    try:
        if len(raw) > UPLOAD_MAX_BYTES:
            raise HqError("oversized", f"more than {UPLOAD_MAX_BYTES} bytes", 413)
        result = _run(hq, visitor, kind, raw, file.filename or "", dry_run=True)
    except HqError as wrong:
        return _page(request, hq, visitor, status=wrong.status, problem=wrong.reason, detail=wrong.detail)
    return _page(request, hq, visitor, result=result, file=file.filename or "", token=_keep(hq, raw))


@router.post("/imports/{token}")
def do_it(
    request: Request, token: str, kind: Text, file: Text = "", visitor: Visitor = Depends(viewer),
    hq: Hq = Depends(the_hq),
) -> Response:  # fmt: skip
    """Imports the file that was tried out."""
    kept = _folder(hq) / token
    if not re.fullmatch("[0-9a-f]{64}", token) or not kept.exists():
        raise not_found("file")
    try:
        result = _run(hq, visitor, kind, kept.read_bytes(), file, dry_run=False)
    except HqError as wrong:
        return _page(request, hq, visitor, status=wrong.status, problem=wrong.reason, detail=wrong.detail)
    if result.done:
        kept.unlink(missing_ok=True)
    return _page(request, hq, visitor, result=result, file=file)


def _run(hq: Hq, visitor: Visitor, kind: str, raw: bytes, file: str, dry_run: bool) -> Result:
    if kind not in KINDS:
        raise HqError("bad_import", "one of " + ", ".join(KINDS))
    if not visitor.may(PERMISSIONS[kind]):
        raise HqError("not_allowed", PERMISSIONS[kind], 403)
    with hq.db.write() as connection:
        result = bring(connection, hq, kind, raw, file, visitor.name, dry_run)
        if result.done:
            visitor.note(connection, "imported", kind, f"{file}: {result.added} added, {result.changed} changed")
    return result


def _page(request: Request, hq: Hq, visitor: Visitor, status: int = 200, **more) -> Response:
    with hq.db.read() as connection:
        runs = store.runs(connection)
    shown = {"result": None, "file": "", "token": "", "problem": "", "detail": ""} | more
    mine = [kind for kind in KINDS if visitor.may(PERMISSIONS[kind])]
    return show(request, "imports.html", status, runs=runs, mine=mine, kinds=KINDS, limit=CELLS_SHOWN, **shown)


def _folder(hq: Hq) -> Path:
    return hq.config.dir / "imports"


def _keep(hq: Hq, raw: bytes) -> str:
    folder = _folder(hq)
    folder.mkdir(mode=0o700, exist_ok=True)
    token = sha256(raw).hexdigest()
    (folder / token).write_bytes(raw)
    waiting = sorted((path.stat().st_mtime, path) for path in folder.iterdir())
    late = [path for written_s, path in waiting if written_s < time.time() - WAITING_S]
    for old in {*late, *(path for _, path in waiting[:-WAITING_MAX])}:
        old.unlink(missing_ok=True)
    return token
