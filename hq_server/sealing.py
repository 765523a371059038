"""Keys at rest: AES-256-GCM under one secret of this machine, so that a copy of the database gives away no key.

The secret is DIR/secret (32 random bytes in hex, readable by its owner only) or derived from a passphrase with scrypt.
"""

import hashlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hq_server.config import PASSPHRASE_VARIABLE, Config
from hq_server.errors import HqError

NONCE_BYTES = 12
SECRET_FILE = "secret"
SALT_FILE = "secret.salt"


class Sealer:
    """Seals and opens small secrets; each is bound to its name, so two of them cannot be swapped."""

    def __init__(self, secret: bytes):
        self._cipher = AESGCM(hashlib.sha256(b"tapwell keys at rest" + secret).digest())
        self.file_password = hashlib.sha256(b"tapwell key files" + secret).hexdigest().encode()

    def seal(self, name: str, raw: bytes) -> bytes:
        """Nonce and ciphertext."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, raw, name.encode())

    def open(self, name: str, sealed: bytes) -> bytes:
        """The inverse of seal. Raises HqError when the secret is another one or the bytes were changed."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name.encode())
        except InvalidTag:
            raise HqError("wrong_secret", "the secret or passphrase does not open " + name) from None


def open_sealer(config: Config) -> Sealer:
    """The sealer of this machine; makes the secret at the first use."""
    if config.secret == "passphrase":
        return Sealer(_from_passphrase(config))
    return Sealer(bytes.fromhex(_kept(config.dir / SECRET_FILE)))


def _from_passphrase(config: Config) -> bytes:
    if not config.passphrase:
        raise HqError("no_passphrase", "set " + PASSPHRASE_VARIABLE)
    salt = bytes.fromhex(_kept(config.dir / SALT_FILE))
    return hashlib.scrypt(config.passphrase.encode(), salt=salt, n=1 << 15, r=8, p=1, maxmem=1 << 26, dklen=32)


def _kept(path: Path) -> str:
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
    return path.read_text().strip()
