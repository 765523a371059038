"""Two depths from the same seeds: the production core over dicts, and the same core over the true store code."""

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.core.asked import Asked, Told
from gateway.core.pricing import BasketLine
from tools.simulation.memory_books import MemoryBooks
from tools.simulation.memory_vault import MemoryVault
from tools.simulation.pumps import GRADES

if TYPE_CHECKING:
    from tools.simulation.world import World


class Answer(NamedTuple):
    """What a gateway tells a terminal, opened."""

    terminal: str
    message: str
    values: dict


class Memory:
    """Depth one."""

    def __init__(self, compared: bool = False):
        self.compared = compared

    def vault(self, world: "World") -> MemoryVault:
        from tools.simulation.world import COVER

        return MemoryVault(world.ids("hq").randbytes, COVER)

    def books(self, store: str, incarnation: str) -> MemoryBooks:
        books = MemoryBooks(store, incarnation)
        for code, price_milli in GRADES.items():
            books.goods[code] = BasketLine(code, code, 1000, price_milli, price_milli // 1000, "A", 0)
        return books

    def image(self, books: MemoryBooks) -> dict[str, Any]:
        return books.image()

    def restore(self, books: MemoryBooks, image: dict[str, Any]) -> None:
        books.restore(image)

    def copy(self, books: MemoryBooks) -> MemoryBooks:
        twin = self.books(books.store, books.incarnation)
        twin.restore(books.image())
        return twin

    def balances(self, vault: MemoryVault) -> dict:
        return vault.balance

    def places(self, vault: MemoryVault, keys: list[str]) -> dict:
        return vault.places(keys)

    def sealed(self, asked: Asked, told: Told) -> Answer:
        return Answer(asked.name, told.message, told.values)

    def opened(self, reply: Answer) -> Answer:
        return reply

    def written(self, vault: MemoryVault, number: int) -> list:
        return vault.events[number:]

    def body(self, message: Any) -> dict:
        body: dict = message.body
        if not body["kind"].endswith("grant"):
            return body
        return {**body, "signed": {"body": json.dumps(body), "sig": ""}}  # what it took is told back with its order

    def close(self) -> None:
        """Nothing is kept."""

    def last_message(self, vault: MemoryVault, incarnation: str) -> int:
        return len(vault.mail[incarnation])
