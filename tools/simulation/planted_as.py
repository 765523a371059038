"""How a planted fault is written down."""

from typing import NamedTuple


class Patch(NamedTuple):
    """old -> new in a file."""

    file: str
    old: str
    new: str


class Mutant(NamedTuple):
    """A defence taken away."""

    name: str
    within: int
    patches: tuple[Patch, ...]


def one(name: str, within: int, file: str, old: str, new: str) -> Mutant:
    return Mutant(name, within, (Patch(file, old, new),))
