"""The packed basket: what goes in comes out, whatever its length; lines taken out, replaced, let go."""

from firmware.flows.basket import NAME_BYTES, PAGES_HELD, Basket
from firmware.flows.shelf import PAGE_BYTES, Shelf
from protocol.messages import BASKET_LINES_MAX
from tests.firmware.scratch import scratch

# code, name, quantity, unit price, amount
GOODS = (
    ("6901234567892", "Whole milk 1 l", 1000, 550000, 550),
    ("0012", "苹果", 512, 1555500, 796),
    ("7", "", 99999999, 999999999999, 999999999999),
    ("A-17/b", "Kaffee geröstet", 2000, 0, 0),
    ("²", "x", 1, 127, 128),
    ("012345678901234567890123", "y" * NAME_BYTES, 127, 128, 16383),
    ("x" * 24, "z" * 64, 128, 16384, 1),
)


def put(basket, number: int, goods: tuple) -> None:
    code, name, qty_milli, price_milli, amount_cents = goods
    values = {"name": name, "qty_milli": qty_milli, "price_milli": price_milli, "amount_cents": amount_cents}
    values["total_cents"] = amount_cents
    basket.write(number, code, values)


def holds(basket, number: int, goods: tuple) -> None:
    line = basket.line(number)
    assert line[:2] == (number, goods[0])
    assert line.name == goods[1][: len(line.name)] and len(line.name) >= min(len(goods[1]), NAME_BYTES // 3)
    assert (line.qty_milli, line.price_milli, line.amount_cents) == goods[2:]


class FullFlash(Shelf):
    """Takes no page."""

    def write(self, place: int, page: bytearray):
        raise OSError(28)


def baskets() -> tuple:
    """In memory alone, with pages in flash, with a flash that is full."""
    return Basket(1), Basket(1, Shelf(scratch("basket"))), Basket(1, FullFlash(scratch("basket")))


def in_memory(basket) -> int:
    return len([page for page in basket.pages if page])


def test_what_goes_in_comes_out():
    for basket in baskets():
        fill_and_read(basket)


def test_two_pages_are_in_memory_and_a_full_flash_keeps_them_all():
    held = []
    for basket in baskets():
        for at in range(BASKET_LINES_MAX):
            put(basket, at + 1, GOODS[0])
        held.append(in_memory(basket))
        assert sum(basket.counts) == BASKET_LINES_MAX
    assert held[0] == held[2] > held[1] == PAGES_HELD


def fill_and_read(basket):
    for at in range(BASKET_LINES_MAX):
        assert basket.next_number() == at + 1
        put(basket, at + 1, GOODS[at % len(GOODS)])
    for at in range(BASKET_LINES_MAX):
        holds(basket, at + 1, GOODS[at % len(GOODS)])
    assert (basket.used, basket.lines, basket.next_number()) == (BASKET_LINES_MAX, BASKET_LINES_MAX, 0)


def test_a_line_is_replaced_by_a_longer_and_a_shorter_one():
    for basket in baskets():
        replace_and_read(basket, 6 * PAGE_BYTES // 20)  # six pages, more or less


def replace_and_read(basket, lines: int):
    for at in range(lines):
        put(basket, at + 1, GOODS[1])
    longer = [number for number in range(1, lines + 1) if number % 3 or number > lines - 5]
    for goods in (GOODS[6], GOODS[4], GOODS[5]):
        for number in longer:
            put(basket, number, goods)
            holds(basket, number, goods)
    for number in range(1, lines + 1):
        holds(basket, number, GOODS[5] if number in longer else GOODS[1])
    assert basket.lines == lines and len(basket.pages) < 3 * (lines * 70 // PAGE_BYTES)


def test_a_sale_that_is_over_lies_in_flash_if_part_of_it_did():
    for basket, kept in zip(baskets(), (True, False, True)):
        for lines in (5, BASKET_LINES_MAX):
            for at in range(basket.held, lines):
                put(basket, at + 1, GOODS[at % len(GOODS)])
            basket.put_away()
            assert bool(in_memory(basket)) == (kept or lines == 5)
        for at in range(BASKET_LINES_MAX):
            holds(basket, at + 1, GOODS[at % len(GOODS)])


def test_two_readers_at_once_and_a_writer_find_every_line():
    basket = Basket(1, Shelf(scratch("basket")))
    for at in range(BASKET_LINES_MAX):
        put(basket, at + 1, GOODS[at % 4])
    for at in range(BASKET_LINES_MAX):
        other = BASKET_LINES_MAX - at
        holds(basket, at + 1, GOODS[6 if at + 1 > other else at % 4])
        put(basket, other, GOODS[6])
        holds(basket, other, GOODS[6])
    assert in_memory(basket) == PAGES_HELD


def test_lines_taken_out_are_passed_over_and_the_last_ones_are_forgotten():
    basket = Basket(1)
    for number in (1, 2, 3, 4):
        put(basket, number, GOODS[0])
    put(basket, 2, ("6901234567892", "Whole milk 1 l", 0, 550000, 0))
    assert (basket.after(1), basket.before(3), basket.used, basket.lines) == (3, 1, 4, 3)
    put(basket, 4, ("6901234567892", "Whole milk 1 l", 0, 550000, 0))
    put(basket, 3, ("6901234567892", "Whole milk 1 l", 0, 550000, 0))
    assert (basket.used, basket.lines, basket.items_milli, basket.next_number()) == (1, 1, 1000, 2)
    put(basket, 2, GOODS[3])
    holds(basket, 2, GOODS[3])


def test_a_number_far_ahead_leaves_empty_places():
    basket = Basket(1)
    put(basket, 20, GOODS[0])
    assert basket.line(19).qty_milli == 0 and basket.after(0) == 20
    put(basket, 3, GOODS[1])
    holds(basket, 3, GOODS[1])
    holds(basket, 20, GOODS[0])


def test_names_are_cut_at_a_whole_letter():
    basket = Basket(1)
    put(basket, 1, ("1", "商品" * 20, 1000, 1, 1))
    assert basket.line(1).name == "商品" * 5


def test_of_a_sale_that_is_over_the_figures_stay():
    basket = Basket(1)
    for number in range(1, 101):
        put(basket, number, GOODS[0])
    basket.let_go()
    assert (basket.used, basket.dropped, basket.after(0)) == (0, 100, 0)
