"""A release: files of one app, named by a manifest that the chain's release key has signed. Made by tools/release.py.

A manifest is text, a word and its value on each line, and nothing else:

    tapwell 1
    app reader
    kind rom                     rom: one file for a ROMFS partition; files: files for a folder
    boards pico2w esp32s3
    version 0.2.0
    number 12                    of the release; grows
    least 10                     once this release is confirmed, a board takes none below
    file 203412 <sha256> image.romfs
    sign <hex>                   RSA, PKCS#1 v1.5 over SHA-256, over all bytes before this line

The signature is checked before anything is read out of it. Runs on boards, gateways and here.
"""

from binascii import unhexlify
from hashlib import sha256

MANIFEST_MAX = 8192  # bytes
FILES_MAX = 64
MODULUS_BYTES = 384  # RSA-3072
EXPONENT = 65537
PART_MAX = 1024  # bytes of a file in one answer
KINDS = ("rom", "files")
_SIGN = b"\nsign "
_DIGEST_INFO = unhexlify("3031300d060960864801650304020105000420")  # RFC 8017, 9.2, note 1: SHA-256
_WORDS = ("tapwell", "app", "kind", "boards", "version", "number", "least")


class Unfit(Exception):
    """Not to be installed: `reason` is one word (signature, format, app, board, kind, older, room, hash, cut_short)."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


class Release:
    """What a manifest says. `files`: (bytes, SHA-256 in hex, path) in order."""

    def __init__(self, words: dict, files: list):
        self.app = words["app"]
        self.kind = words["kind"]
        self.boards = words["boards"].split(" ")
        self.version = words["version"]
        self.number = int(words["number"])
        self.least = int(words["least"])
        self.files = files

    def size(self) -> int:
        """Bytes of all files."""
        return sum([size for size, _hash, _path in self.files])


def opened(raw: bytes, modulus: bytes) -> Release:
    """The release of a manifest whose signature fits this key. Raises Unfit."""
    at = raw.rfind(_SIGN)
    if len(raw) > MANIFEST_MAX or at < 0:
        raise Unfit("format")
    if not signature_fits(raw[: at + 1], _bytes(raw[at + len(_SIGN) :].strip()), modulus):
        raise Unfit("signature")
    return read(raw)


def read(raw: bytes) -> Release:
    """What a manifest says, whoever signed it: for a gateway, which only passes it on. Raises Unfit."""
    words, files = {}, []
    try:
        for line in raw[: raw.rfind(_SIGN) + 1].decode().split("\n")[:-1]:
            word, _space, value = line.partition(" ")
            if word == "file":
                files.append(_file(value))
            elif word not in words:
                words[word] = value
        release = Release(words, files)
    except (ValueError, KeyError, IndexError):
        raise Unfit("format")
    if sorted(words) != sorted(_WORDS) or words["tapwell"] != "1" or release.kind not in KINDS:
        raise Unfit("format")
    if not 0 < len(files) <= FILES_MAX or not 0 <= release.least <= release.number or release.number < 1:
        raise Unfit("format")
    return release


def _file(value: str) -> tuple:
    size, digest, path = value.split(" ")
    if len(digest) != 64 or int(size) < 0 or not path or path[0] == "/" or ".." in path or "\\" in path:
        raise ValueError
    return int(size), digest, path


def signature_fits(body: bytes, signature: bytes, modulus: bytes) -> bool:
    """RSASSA-PKCS1-v1_5 (RFC 8017, 8.2.2): the whole padded block is compared, nothing is looked for inside it."""
    size = len(modulus)
    n, s = int.from_bytes(modulus, "big"), int.from_bytes(signature, "big")
    if size != MODULUS_BYTES or len(signature) != size or s >= n:
        return False
    tail = _DIGEST_INFO + sha256(body).digest()
    block = b"\x00\x01" + b"\xff" * (size - 3 - len(tail)) + b"\x00" + tail
    return pow(s, EXPONENT, n) == int.from_bytes(block, "big")


def _bytes(text: bytes) -> bytes:
    try:
        return unhexlify(text)
    except ValueError:
        return b""


def unsigned(app: str, kind: str, boards: list, version: str, number: int, least: int, files: list) -> bytes:
    """The bytes to be signed."""
    rows = [("tapwell", "1"), ("app", app), ("kind", kind), ("boards", " ".join(boards)), ("version", version)]
    rows += [("number", "%d" % number), ("least", "%d" % least)]
    rows += [("file", "%d %s %s" % file) for file in files]
    return "".join(["%s %s\n" % row for row in rows]).encode()


def signed(body: bytes, signature_hex: str) -> bytes:
    """The manifest: what was signed, and the signature."""
    return body + b"sign " + signature_hex.encode() + b"\n"
