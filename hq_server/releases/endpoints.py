"""What gateways fetch of releases: the manifest and parts of files, so that a cut line goes on where it ended."""

from fastapi import APIRouter, Depends, Query, Response

from hq_server.bootstrap import Hq
from hq_server.errors import not_found
from hq_server.fleet.peer import Gateway, the_gateway
from hq_server.releases import store
from hq_server.web_tools import the_hq

router = APIRouter()
PART_MAX_BYTES = 256 * 1024
BYTES = "application/octet-stream"


@router.get("/gateway/v1/releases/{name}/manifest")
def get_manifest(name: str, _: Gateway = Depends(the_gateway), hq: Hq = Depends(the_hq)) -> Response:
    """The signed manifest."""
    with hq.db.read() as connection:
        row = store.release_row(connection, name)
    if row is None:
        raise not_found("release " + name)
    return Response(row.manifest, media_type=BYTES)


@router.get("/gateway/v1/releases/{name}/files/{n}")
def get_part(
    name: str,
    n: int,
    offset: int = Query(0, ge=0),
    size: int = Query(PART_MAX_BYTES, ge=1),
    _: Gateway = Depends(the_gateway),
    hq: Hq = Depends(the_hq),
) -> Response:
    """Bytes of one file, counted from 1 as in the manifest; nothing beyond its end."""
    with hq.db.read() as connection:
        body = store.file_body(connection, name, n)
    if body is None:
        raise not_found(f"file {n} of release {name}")
    return Response(body[offset : offset + min(size, PART_MAX_BYTES)], media_type=BYTES)
