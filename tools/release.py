"""Releases: an app's image with a manifest that the chain's release key has signed; format: protocol/release.py.

    tapwell release key --dir keys       a new key: release.pem stays secret, release.key goes on boards
    tapwell release make --app reader --number 12 --key keys/release.pem --to releases [--kind rom] [--least 10]
    tapwell release show FOLDER [--key keys/release.key]

A folder of releases is put below a gateway's DIR/releases; its terminals load what fits them. The version is the one in
firmware/app.py; what counts for boards is the number.
"""

import contextlib
import getpass
import io
import os
import re
import shutil
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from rich.console import Console

from hardware.boards.catalogue import APPS, BOARDS, lacks
from protocol import release as format_
from protocol.release import Release, Unfit
from tools import build_firmware
from tools.virtual_terminal import HOST

PRIVATE, PUBLIC = "release.pem", "release.key"
MANIFEST = "manifest"
ROM_FILE = "image.romfs"

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Releases: signed images for boards.")
console = Console(highlight=False)


def new_key(folder: Path, password: bytes = b"") -> bytes:
    """Writes a release key and its public half; the modulus. Raises FileExistsError rather than overwrite one."""
    key = rsa.generate_private_key(public_exponent=format_.EXPONENT, key_size=format_.MODULUS_BYTES * 8)
    kept = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, kept)
    folder.mkdir(parents=True, exist_ok=True)
    with open(os.open(folder / PRIVATE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    modulus = key.public_key().public_numbers().n.to_bytes(format_.MODULUS_BYTES, "big")
    (folder / PUBLIC).write_bytes(modulus)
    return modulus


def private_key(path: Path, password: bytes | None = None) -> rsa.RSAPrivateKey:
    """The key of a file. Raises ValueError or TypeError for a wrong password or another kind of key."""
    key = serialization.load_pem_private_key(path.read_bytes(), password)
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size != format_.MODULUS_BYTES * 8:
        raise ValueError("%s holds no RSA key of %d bits" % (path, format_.MODULUS_BYTES * 8))
    return key


def make(
    target: Path,
    app_name: str,
    kind: str,
    number: int,
    key: rsa.RSAPrivateKey,
    least: int = 0,
    image: Path | None = None,
) -> Path:
    """Folder of a release below `target`. image: what build_firmware made, anew if None. Raises FileExistsError."""
    image = image or build_firmware.build(app_name, build_firmware.IMAGES / app_name)
    folder = target / ("%s-%s-%d" % (app_name, kind, number))
    folder.mkdir(parents=True)
    if kind == "rom":
        (folder / ROM_FILE).write_bytes(romfs_of(image))
    else:
        shutil.copytree(image, folder, dirs_exist_ok=True)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    rows = [(path.stat().st_size, digest(path), path.relative_to(folder).as_posix()) for path in files]
    body = format_.unsigned(app_name, kind, boards_of(app_name), version(), number, least, rows)
    signature = key.sign(body, padding.PKCS1v15(), hashes.SHA256()).hex()
    raw = format_.signed(body, signature)
    format_.opened(raw, key.public_key().public_numbers().n.to_bytes(format_.MODULUS_BYTES, "big"))
    (folder / MANIFEST).write_bytes(raw)
    return folder


def romfs_of(image: Path) -> bytes:
    """An image as a ROMFS partition holds it."""
    from mpremote.romfs import make_romfs

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        shutil.copytree(image, folder, dirs_exist_ok=True)
        made = make_romfs(folder + "/", mpy_cross=False)
    return bytes(made[0]) if isinstance(made, tuple) else bytes(made)


def digest(path: Path) -> str:
    """SHA-256 of a file in hex."""
    return sha256(path.read_bytes()).hexdigest()


def boards_of(app_name: str) -> list[str]:
    """Boards that the app fits, and this machine."""
    return [HOST, *(name for name, board in BOARDS.items() if not lacks(board, APPS[app_name]))]


def version() -> str:
    """The version in firmware/app.py, which a terminal says in its hello."""
    found = re.search(r'^VERSION = "([^"]+)"', (build_firmware.ROOT / "firmware" / "app.py").read_text(), re.M)
    if not found:
        raise ValueError("firmware/app.py has no VERSION")
    return found[1]


def check(folder: Path, modulus: bytes) -> Release:
    """The release of a folder, every byte of it checked as a board does. Raises Unfit, OSError."""
    release = format_.opened((folder / MANIFEST).read_bytes(), modulus)
    for size, wanted, path in release.files:
        if (folder / path).stat().st_size != size or digest(folder / path) != wanted:
            raise Unfit("hash")
    return release


@app.command("key")
def key_command(
    directory: Annotated[Path, typer.Option("--dir", help="Folder for both halves of the key.")],
    password: Annotated[bool, typer.Option(help="Ask for a password that seals the private half.")] = False,
) -> None:
    """Make the chain's release key. The private half signs releases; the public one is flashed."""
    try:
        new_key(directory, getpass.getpass("Password: ").encode() if password else b"")
    except FileExistsError:
        _fail("%s is there already; boards trust it" % (directory / PRIVATE))
    console.print("%s signs releases: keep it, and only it, secret" % (directory / PRIVATE), markup=False)
    console.print("%s goes on every board: tapwell flash --release-key" % (directory / PUBLIC), markup=False)


@app.command("make")
def make_command(
    name: Annotated[str, typer.Option("--app", help="As `tapwell terminal build` names it.")],
    number: Annotated[int, typer.Option(min=1, help="Number of the release; it grows.")],
    key: Annotated[Path, typer.Option(help="release.pem")],
    target: Annotated[Path, typer.Option("--to", help="Folder of releases, as a gateway has it.")],
    kind: Annotated[str, typer.Option(help="rom: boards with two ROMFS partitions; files: all others.")] = "rom",
    least: Annotated[int, typer.Option(min=0, help="Boards that run this take none below.")] = 0,
) -> None:
    """Build an app and sign it."""
    if name not in build_firmware.APPS or kind not in format_.KINDS or least > number:
        _fail("--app is one of %s, --kind one of %s, --least at most --number" % (build_firmware.APPS, format_.KINDS))
    try:
        folder = make(target, name, kind, number, _key(key), least)
    except FileExistsError:
        _fail("release %d is there already: take a higher number" % number)
    console.print("%s: version %s, %d bytes" % (folder, version(), check_sizes(folder)), markup=False)


@app.command()
def show(
    folder: Annotated[Path, typer.Argument(help="Folder of a release.")],
    key: Annotated[Path | None, typer.Option(help="release.key: check signature and every file.")] = None,
) -> None:
    """Say what a release is, and whether it is whole."""
    try:
        raw = (folder / MANIFEST).read_bytes()
        release = check(folder, key.read_bytes()) if key else format_.read(raw)
    except (Unfit, OSError) as wrong:
        _fail("no release that boards would take: %s" % wrong)
    words = (release.app, release.version, release.number, release.kind, release.size(), ", ".join(release.boards))
    console.print("%s %s, number %d, %s, %d bytes, for %s" % words, markup=False)


def check_sizes(folder: Path) -> int:
    """Bytes of a release's files."""
    return format_.read((folder / MANIFEST).read_bytes()).size()


def _key(path: Path) -> rsa.RSAPrivateKey:
    try:
        return private_key(path)
    except TypeError:
        return private_key(path, getpass.getpass("Password: ").encode())


def _fail(text: str) -> None:
    console.print(text, style="red", markup=False)
    raise typer.Exit(1)


def main() -> int:
    app(prog_name="tapwell release")
    return 0


if __name__ == "__main__":
    sys.exit(main())
