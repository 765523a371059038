"""A frame that has been opened, with the terminal that sent it."""

from dataclasses import dataclass

from gateway.core.asked import Asked
from gateway.store.terminals import Terminal


@dataclass(frozen=True)
class Opened(Asked):
    """`name` is the terminal's; its keys seal the answer."""

    terminal: Terminal
