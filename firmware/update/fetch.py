"""Loads a release from the gateway into the slot that does not run, and checks all of it before anything is switched.

A cut of power or of the line costs at most MARK_BYTES: the manifest is fetched anew each time, and when it is the same
as the one in the slot, files go on where they ended.
"""

import asyncio
import os
from binascii import unhexlify

from firmware.net.slots import sync
from firmware.update import slots
from protocol.release import MANIFEST_MAX, Unfit, opened

LOADING = "loading"  # the slot's manifest while its files are not whole yet


async def fetch(keeper, places, number: int, size: int):
    """The release, whole in the other slot when this returns. Raises Unfit, Gone, OSError."""
    root, slot = keeper.root, 1 - keeper.state.current
    raw = await _manifest(keeper, number, size)
    release = opened(raw, _read(root + "/update/key"))
    fits(release, number, keeper.app, keeper.board, keeper.state.least, places.kind, places.room(slot))
    prepare(root, slot, raw)
    for at in range(len(release.files)):
        await _file(keeper, places, slot, release, at)
    for size, digest, path in release.files:
        await _check(places, root, slot, path, size, digest)
    finish(root, slot)
    return release


def fits(release, number: int, app: str, board: str, least: int, kind: str, room: int) -> None:
    """Whether a genuine release is meant for this board. Raises Unfit."""
    rules = (
        ("format", release.number == number),
        ("app", release.app == app),
        ("board", board in release.boards),
        ("kind", release.kind == kind),
        ("older", release.number >= least),
        ("room", release.size() <= room),
    )
    for reason, good in rules:
        if not good:
            raise Unfit(reason)


def prepare(root: str, slot: int, raw: bytes) -> None:
    """The slot is ready to take this manifest's files: as it was left if they are the same, otherwise empty."""
    folder = slots.folder_of(root, slot)
    if raw in (_read(folder + "/" + LOADING), _read(folder + "/" + slots.MANIFEST)):
        return
    slots.empty(root, slot)
    with open(folder + "/new", "wb") as file:
        file.write(raw)
    sync()
    os.rename(folder + "/new", folder + "/" + LOADING)
    sync()


def finish(root: str, slot: int) -> None:
    """Says that the slot is whole."""
    folder = slots.folder_of(root, slot)
    if not slots.is_whole(root, slot):
        os.rename(folder + "/" + LOADING, folder + "/" + slots.MANIFEST)
        sync()


async def _manifest(keeper, number: int, size: int) -> bytes:
    if not 0 < size <= MANIFEST_MAX:
        raise Unfit("format")
    raw = b""
    while len(raw) < size:
        data = await keeper.part(number, 0, len(raw), size - len(raw))
        if not data:
            raise Unfit("cut_short")
        raw += data
    return raw


async def _file(keeper, places, slot: int, release, at: int) -> None:
    size, _digest, path = release.files[at]
    writer = places.writer(slot, path)
    try:
        while writer.at < size:
            data = await keeper.part(release.number, at + 1, writer.at, size - writer.at)
            if not data:
                raise Unfit("cut_short")
            if len(data) > size - writer.at:
                raise Unfit("format")
            writer.write(data)
    finally:
        writer.close()


async def _check(places, root: str, slot: int, path: str, size: int, digest: str) -> None:
    found = b""
    for said in places.digest(slot, path, size):
        found = said
        await asyncio.sleep(0)
    if found != unhexlify(digest):
        slots.empty(root, slot)
        raise Unfit("hash")


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
