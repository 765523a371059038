"""How a store's key file opens after a power cut: a choice made per store and written into the file.

    file         a secret beside it on the same disk: opens by itself, and for whoever carries the disk away
    credential   what systemd unsealed for this service (systemd-creds: TPM 2 or the host's key): opens by itself, on
                 this machine alone
    token        a file on a stick or other removable medium: opens while it is plugged in
    passphrase   a manager says it once per start; it is kept in memory (a RAM disk) until the power goes

None of them needs head office. Until the secret is there the store sells for cash and asks nobody for it.
"""

import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

from gateway.cards.keyfile import CREDENTIAL, FILE, PASSPHRASE, TOKEN

SECRET_FILE = "cards.secret"
CREDENTIAL_NAME = "tapwell-cards"  # LoadCredentialEncrypted=tapwell-cards:/etc/credstore.encrypted/tapwell-cards
RAM_DISKS = ("/run", "/dev/shm")  # tmpfs on every Linux; swap is the one way out of it: encipher it or have none
SECRET_BYTES_MAX = 4096


def secret_of(directory: Path, opens: str, where: str) -> bytes | None:
    """The secret, or None while it is not there. `where`: the token's path."""
    return WAYS[opens](directory, where)


def said_file(directory: Path) -> Path:
    """Where a passphrase that was said lies until the power goes: a file in memory, of this store alone."""
    runtime = os.environ.get("RUNTIME_DIRECTORY") or os.environ.get("XDG_RUNTIME_DIR")
    home = Path(runtime) if runtime else next(Path(disk) for disk in RAM_DISKS if os.access(disk, os.W_OK))
    return home / ("tapwell-cards-" + hashlib.sha256(bytes(directory.resolve())).hexdigest()[:16])


def say(directory: Path, passphrase: bytes) -> None:
    """Keeps a passphrase in memory for the gateway of this directory: a new file of our own, moved into place.

    Others may write to a RAM disk too; what they have laid there under our names is neither followed nor filled.
    """
    path = said_file(directory)
    beside = path.with_name(path.name + "." + os.urandom(8).hex())
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
        file.write(passphrase)
    os.replace(beside, path)


def _beside(directory: Path, where: str) -> bytes | None:
    return _content(directory / SECRET_FILE)


def _credential(directory: Path, where: str) -> bytes | None:
    given = os.environ.get("CREDENTIALS_DIRECTORY")
    return _content(Path(given) / CREDENTIAL_NAME) if given else None


def _token(directory: Path, where: str) -> bytes | None:
    return _content(Path(where))


def _said(directory: Path, where: str) -> bytes | None:
    """Only from a file that is ours and nobody else's to read."""
    try:
        with open(os.open(said_file(directory), os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            status = os.fstat(file.fileno())
            ours = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077
            return (file.read(SECRET_BYTES_MAX) or None) if ours else None
    except OSError:
        return None


def _content(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(SECRET_BYTES_MAX) or None
    except OSError:
        return None


WAYS: dict[str, Callable[[Path, str], bytes | None]] = {
    FILE: _beside,
    CREDENTIAL: _credential,
    TOKEN: _token,
    PASSPHRASE: _said,
}
