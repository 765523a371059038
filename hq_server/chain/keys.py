"""The chain's keys, opened: the certificate authority and the Ed25519 key that signs what gateways are told."""

from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from hq_server.chain import store
from hq_server.chain.authority import Authority, make_authority, read_authority
from hq_server.errors import HqError, conflict
from hq_server.sealing import Sealer

AUTHORITY = "authority"
SIGNER = "signer"


@dataclass(frozen=True)
class Keys:
    """Opened keys; they never leave this process."""

    authority: Authority
    signer: Ed25519PrivateKey

    def sign(self, body: str) -> str:
        """Ed25519 over the UTF-8 bytes, in hex."""
        return self.signer.sign(body.encode()).hex()

    @property
    def public_hex(self) -> str:
        """What gateways check signatures with."""
        return self.signer.public_key().public_bytes_raw().hex()


def make_chain(connection: Connection, sealer: Sealer, name: str, currency: str, exponent: int, now_s: int) -> Keys:
    """Makes the chain's row and keys. Raises HqError('already_set_up') for a second time."""
    if store.sealed_secret(connection, SIGNER) is not None:
        raise conflict("already_set_up")
    if len(currency) != 3 or not currency.isalpha() or exponent not in (0, 2, 3):
        raise HqError("bad_currency", "want an ISO 4217 code and an exponent of 0, 2 or 3")
    keys = Keys(make_authority(name), Ed25519PrivateKey.generate())
    store.add_secret(connection, AUTHORITY, sealer.seal(AUTHORITY, keys.authority.key_pem()))
    store.add_secret(connection, SIGNER, sealer.seal(SIGNER, _raw(keys.signer)))
    store.add_chain(connection, name, currency.upper(), exponent, keys.authority.pem, keys.public_hex, now_s)
    return keys


def open_keys(connection: Connection, sealer: Sealer) -> Keys:
    """The chain's keys. Raises HqError('not_set_up') or HqError('wrong_secret')."""
    chain = store.the_chain(connection)
    authority = read_authority(_opened(connection, sealer, AUTHORITY), chain.ca_pem)
    return Keys(authority, Ed25519PrivateKey.from_private_bytes(_opened(connection, sealer, SIGNER)))


def _opened(connection: Connection, sealer: Sealer, name: str) -> bytes:
    sealed = store.sealed_secret(connection, name)
    if sealed is None:
        raise HqError("not_set_up", "no key " + name)
    return sealer.open(name, sealed)


def _raw(key: Ed25519PrivateKey) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.Raw, serialization.PrivateFormat.Raw, plain)
