"""Releases that a store offers: which, to whom, and their bytes."""

import shutil
from base64 import b64decode
from hashlib import sha256

from gateway.releases import MANIFEST, Releases
from protocol.release import PART_MAX, signed, unsigned
from tests.gateway.stage import ready

IMAGE = bytes(range(256)) * 10


def put(folder, number: int, app: str = "reader", kind: str = "rom", boards=("pico2w", "host"), image: bytes = IMAGE):
    target = folder / f"{app}-{kind}-{number}"
    target.mkdir(parents=True)
    (target / "image.romfs").write_bytes(image)
    body = unsigned(app, kind, list(boards), "1", number, 0, [(len(IMAGE), sha256(IMAGE).hexdigest(), "image.romfs")])
    (target / MANIFEST).write_bytes(signed(body, "00"))
    return target


def number_for(releases: Releases, *who: str) -> int:
    offered = releases.offer(*who)
    return offered.release.number if offered else 0


def test_the_newest_that_fits_is_offered(tmp_path):
    for number, app, boards in ((3, "reader", ("pico2w",)), (7, "reader", ("pico2w", "host")), (9, "pos", ("pico2w",))):
        put(tmp_path, number, app, boards=boards)
    put(tmp_path, 11, kind="files")
    releases = Releases(tmp_path)
    table = (
        # app      kind     board      number
        ("reader", "rom", "pico2w", 7),
        ("reader", "rom", "host", 7),
        ("reader", "rom", "esp32s3", 0),
        ("reader", "files", "host", 11),
        ("pos", "rom", "pico2w", 9),
        ("pos", "files", "pico2w", 0),
        ("pump", "rom", "pico2w", 0),
    )
    for app, kind, board, number in table:
        assert number_for(releases, app, kind, board) == number, (app, kind, board)
    shutil.rmtree(tmp_path / "reader-rom-7")
    assert number_for(releases, "reader", "rom", "pico2w") == 3


def test_what_is_not_whole_is_left_out(tmp_path, caplog):
    put(tmp_path, 3)
    put(tmp_path, 4, image=IMAGE[:-1])
    (put(tmp_path, 5) / "image.romfs").unlink()
    (put(tmp_path, 6) / MANIFEST).write_bytes(b"nonsense")
    (tmp_path / "notes.txt").write_text("mind the gap")
    assert number_for(Releases(tmp_path), "reader", "rom", "host") == 3
    assert caplog.text.count("is left out") == 3


def test_parts(tmp_path):
    raw = (put(tmp_path, 3) / MANIFEST).read_bytes()
    releases = Releases(tmp_path)
    table = (
        # number file offset size   bytes
        (3, 0, 0, 1024, raw[:1024]),
        (3, 0, 5, 10, raw[5:15]),
        (3, 1, 0, 1024, IMAGE[:1024]),
        (3, 1, 2048, 9999, IMAGE[2048:]),
        (3, 1, 0, 9999, IMAGE[:PART_MAX]),
        (3, 1, len(IMAGE), 10, b""),
        (3, 2, 0, 10, b""),
        (4, 0, 0, 10, b""),
    )
    for number, file, offset, size, wanted in table:
        assert releases.part("reader", "rom", number, file, offset, size) == wanted
    assert releases.part("pos", "rom", 3, 1, 0, 10) == b""


def test_a_store_without_releases_offers_none(tmp_path):
    assert Releases().offer("reader", "rom", "host") is None
    assert Releases(tmp_path / "none").offer("reader", "rom", "host") is None


def test_a_terminal_asks_its_store(tmp_path):
    stage, till = ready()
    asked = {"app": "reader", "kind": "rom", "board": "host", "number": 3, "least": 0, "failed": 0, "why": ""}
    assert till.ask("update_ask", **asked)[1]["number"] == 0
    raw = (put(tmp_path, 5) / MANIFEST).read_bytes()
    stage.shop.releases = Releases(tmp_path)
    message, told = till.ask("update_ask", **asked)
    assert (message, told["number"], told["size"]) == ("update_offer", 5, len(raw))
    assert till.ask("update_ask", **asked | {"number": 5})[1]["number"] == 0
    part = {"app": "reader", "kind": "rom", "number": 5, "file": 1, "offset": 256, "size": 1024}
    message, told = till.ask("update_part", **part)
    assert message == "update_data" and b64decode(told["data"]) == IMAGE[256:1280]
