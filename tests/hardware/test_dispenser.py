"""A dispenser's physics and states, without a line: what a hand and a command do to fill, totaliser and state."""

import pytest

from hardware.emulators.dispenser import LIFE, NAMES, Decimals, Dispenser

PRICES = (76_000, 68_000)

# steps -> state, volume shown, amount shown, growth of totaliser 1; at 0.760 a litre, meter in steps of 10 ml.
# go: reset, (preset), authorise. Numbers behind a step: ml, cents, seconds or a hose.
LIVES = """
go, lift 1                                              | authorised      0     0      0
go, lift 1, squeeze, flow 10                            | filling      5780   439   5780
go, lift 1, squeeze 5000, flow 60                       | filling      5000   380   5000
go, lift 1, squeeze 5000, flow 60, hang_up              | done         5000   380   5000
go, lift 1, hang_up                                     | authorised      0     0      0
go, lift 1, hang_up, stop                               | done            0     0      0
go, squeeze, flow 9                                     | authorised      0     0      0
lift 1, squeeze, flow 9                                 | done            0     0      0
lift 1, go, squeeze 100, flow 9                         | filling       100     8    100
cents 2000, lift 1, squeeze, flow 90                    | max         26310  2000  26310
cents 2000, lift 1, squeeze, flow 90, hang_up           | done        26310  2000  26310
ml 10000, lift 1, squeeze, flow 90                      | max         10000   760  10000
cents 760, preset_ml 5000, lift 1, squeeze, flow 90     | max          5000   380   5000
ml 5000, preset_cents 760, lift 1, squeeze, flow 90     | max         10000   760  10000
go, lift 1, squeeze 9000, flow 60, preset_cents 380     | max          9000   684   9000
cents 2000, reset, authorise, lift 1, squeeze, flow 60  | max         26310  2000  26310
cents 2000, stop, go, lift 1, squeeze, flow 60          | filling     35780  2719  35780
cents 0, lift 1, squeeze, flow 10                       | filling      5780   439   5780
cents 760, preset_ml 0, lift 1, squeeze, flow 10        | filling      5780   439   5780
cents 760, slips 120, lift 1, squeeze, flow 60          | max         10120   769  10120
cents 760, stuck, lift 1, squeeze 20000, flow 90        | max         20000  1520  20000
go, lift 1, squeeze, flow 10, stop, flow 9              | done         5780   439   5780
go, lift 1, squeeze, flow 10, suspend, flow 9           | suspended    5780   439   5780
go, lift 1, squeeze, flow 10, suspend, resume           | filling      5780   439   5780
go, suspend, resume                                     | authorised      0     0      0
go, lift 1, squeeze, flow 10, suspend, hang_up          | done         5780   439   5780
go, lift 1, squeeze, flow 10, off, flow 9               | off          5780   439   5780
go, lift 1, squeeze, flow 10, off, authorise            | off          5780   439   5780
go, off, reset                                          | reset           0     0      0
go, lift 1, squeeze, flow 10, power_off, flow 9         | filling      5780   439   5780
go, lift 1, squeeze, flow 10, power_off, power_on       | done         5780   439   5780
go, lift 1, squeeze, flow 10, power_off, stop           | filling      5780   439   5780
go, lift 1, squeeze, flow 10, emergency, flow 9         | done         5780   439   5780
emergency, go, lift 1, squeeze, flow 9                  | reset           0     0      0
go, lift 1, squeeze, flow 10, zeroise                   | not_programmed  0     0   5780
go, lift 1, squeeze, flow 10, authorise, flow 1         | filling      6380   485   6380
go, lift 1, squeeze, flow 10, hang_up, reset            | reset           0     0   5780
go, lift 2, squeeze 1000, flow 10                       | filling      1000    68      0
allow 2, go, lift 1, squeeze, flow 9                    | authorised      0     0      0
allow 2, go, lift 2, squeeze 1000, flow 9               | filling      1000    68      0
leaks 2, flow 60                                        | done            0     0    120
go, lift 1, squeeze 25, flow 9                          | filling        20     2     20
"""
ROWS = [[cell.strip() for cell in row.split("|")] for row in LIVES.strip().split("\n")]


def play(one: Dispenser, step: str) -> None:
    word, _, value = step.partition(" ")
    number = int(value or 0)
    if word in ("go", "cents", "ml"):
        one.command("reset")
        if word != "go":
            one.command("preset_" + word, number)
        one.command("authorise")
    elif word in ("slips", "leaks", "stuck"):
        name = {"slips": "slips_ml", "leaks": "leaks_ml_s", "stuck": "stuck"}[word]
        setattr(one, name, number or True)
    elif word == "allow":
        one.command("allow", (number,))
    elif word == "flow":
        for _ in range(number * 50):
            one.flow(0.02)
    elif word in ("lift", "squeeze"):
        getattr(one, word)(*((number,) if value else ()))
    elif hasattr(one, word):
        getattr(one, word)()
    else:
        one.command(word, *((number,) if value else ()))


@pytest.mark.parametrize("steps, left", ROWS, ids=[row[0] for row in ROWS])
def test_lives_of_a_dispenser(steps, left):
    one = Dispenser()
    assert one.command("price", PRICES)
    for step in steps.split(", "):
        play(one, step)
    state, ml, cents, total_ml = left.split()
    assert NAMES[one.state] == state
    assert (one.ml, one.cents, one.totals_ml[0] - 1_000_000) == (int(ml), int(cents), int(total_ml))


def test_time_in_small_and_large_pieces_gives_the_same_fill():
    told = []
    for piece_s, speed in ((0.02, 1), (1.0, 1), (90.0, 1), (0.02, 200)):
        one = Dispenser(decimals=Decimals(volume=3))
        one.speed = speed
        one.command("price", PRICES)
        play(one, "cents 2000")
        play(one, "lift 1")
        play(one, "squeeze")
        for _ in range(int(90 / piece_s / speed)):
            one.flow(piece_s)
        told.append((one.ml, one.cents, NAMES[one.state]))
    assert told == [(26_315, 2000, "max")] * 4


def test_prices_are_of_the_first_hoses_and_never_taken_in_a_fill():
    one = Dispenser()
    assert not one.command("authorise") and not one.command("reset"), "not programmed"
    assert one.command("price", (76_000,)) and one.prices == [76_000, 0], "a controller that knows one hose"
    assert one.command("price", (76_000, 68_000, 99_000)) and one.prices == [76_000, 68_000]
    play(one, "go")
    one.prices[0], kept = 0, one.prices[0]
    one.lift(1)
    assert not one.gives, "without a price nothing is given"
    one.hang_up()
    one.prices[0] = kept
    assert one.command("price", (75_000, 67_000)), "no drop has come yet"
    play(one, "lift 1")
    play(one, "squeeze 1000")
    one.flow(10)
    assert not one.command("price", PRICES) and (one.ml, one.cents) == (1000, 75)
    one.hang_up()
    assert one.command("price", PRICES) and one.cents == 75, "the last fill keeps its price"


def test_one_hose_is_out_at_a_time():
    one = Dispenser()
    assert one.lift(2) and one.lift(2) and not one.lift(1) and one.lifted == 2
    one.hang_up()
    assert (one.lifted, one.selected) == (0, 2) and one.lift(1)


def test_amounts_without_decimals():
    one = Dispenser(decimals=Decimals(volume=2, amount=0, price=1, money=0))
    one.command("price", (172_500, 160_000))  # 172.5 of a currency that has no cents
    play(one, "go")
    play(one, "lift 1")
    play(one, "squeeze 10000")
    one.flow(60)
    assert (one.ml, one.cents) == (10_000, 1725)


def test_every_state_has_a_name_and_every_way_leads_to_a_state():
    assert set(LIFE) == set(NAMES) and {to for ways in LIFE.values() for to in ways.values()} <= set(LIFE)
