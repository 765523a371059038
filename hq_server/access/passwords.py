"""Passwords are kept as argon2id (RFC 9106, the library's default: 64 MiB, 3 passes)."""

import argon2

_hasher = argon2.PasswordHasher()
# verified when a name is unknown, so that the answer takes as long as for a known one
_NOBODY = _hasher.hash("nobody has this password")


def password_hash(password: str) -> str:
    """The encoded argon2id hash with its own salt."""
    return _hasher.hash(password)


def password_fits(encoded: str | None, password: str) -> bool:
    """Whether the password is the one; None for an unknown user costs the same time."""
    try:
        _hasher.verify(encoded or _NOBODY, password)
    except argon2.exceptions.VerificationError:
        return False
    return encoded is not None


def is_outdated(encoded: str) -> bool:
    """Made with weaker settings than today's: to be hashed again at the next sign-in."""
    return _hasher.check_needs_rehash(encoded)
