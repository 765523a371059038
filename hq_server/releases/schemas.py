"""Bodies of the releases' endpoints."""

from typing import Annotated

from msgspec import Meta, Struct, field

Name = Annotated[str, Meta(min_length=1, max_length=48)]
Hours = 3600


class Ring(Struct, omit_defaults=True):
    """Who gets a release together: terminals, all of some stores, or all that are left."""

    name: Name
    terminals: list[str] = field(default_factory=list)
    stores: list[str] = field(default_factory=list)
    all: bool = False


class NewRollout(Struct):
    """A release and its rings in order. The next ring begins when one has run it for soak_s."""

    release: str
    rings: Annotated[list[Ring], Meta(min_length=1, max_length=16)]
    trouble_max: Annotated[int, Meta(ge=0, le=1_000_000)] = 0  # terminals that may go back, refuse or fall silent
    soak_s: Annotated[int, Meta(ge=0, le=90 * 24 * Hours)] = 24 * Hours


class NewRelease(Struct):
    """A release as its folder has it; files are found by their hash, so their names do not matter."""

    manifest: bytes  # base64 in JSON
    files: list[bytes]


class NewKey(Struct):
    """release.key of the chain: the modulus, 384 bytes."""

    modulus: bytes
