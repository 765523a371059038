"""The issuing desk at an emulated PN532: one card, a list that is stopped, cards taken away, block and replace."""

import csv
import os

import pytest

from gateway.cards.keys import make_chain_keys
from gateway.cards.sam import Sam
from hardware.emulators.desfire import EV1, Card
from tests.gateway.cards.test_cards import identify
from tests.tools.desk.tables import Table
from tools.desk import lists
from tools.desk.readers import open_reader
from tools.desk.session import Desk, GivenUp
from tools.pn532_host import ReaderError

KEYS = make_chain_keys(1, os.urandom)
ADA, BOB = "a1" * 16, "b2" * 16


def fresh(number: int = 1, generation=None) -> Card:
    uid = bytes.fromhex("04A1B2C3D4E5%02X" % (0xA0 + number))
    return Card(uid, generation=generation) if generation else Card(uid)


def desk_at(table: Table, keys=KEYS, wait_s: float = 1.0) -> tuple[Desk, list[str]]:
    said: list[str] = []
    return Desk(table.reader, keys, said.append, lambda: 1_800_000_000, wait_s), said


def party(card: Card, keys=KEYS) -> str:
    return identify(Sam(keys.for_store(), lambda: 0), card)[0].party


@pytest.mark.parametrize("generation", [None, EV1])
def test_a_fresh_card_is_made_and_read_again(generation):
    card = fresh(1, generation)
    desk, said = desk_at(Table(card))
    written = desk.issue(ADA)
    assert (written.card, written.key_sets, said) == ("0001:04A1B2C3D4E5A1", "1:1 2:1 3:1 4:1", [])
    assert party(card) == ADA and desk.read().party == ADA


@pytest.mark.parametrize("away_after", [3, 9, 15, 21, 27, 33])
def test_a_card_taken_away_half_way_can_simply_be_put_again(away_after):
    card = fresh()
    table = Table(card)
    table.away_after = away_after
    desk, said = desk_at(table, wait_s=5)
    tell = desk._tell
    desk._tell = lambda text: (tell(text), table.lay(card))
    assert desk.issue(ADA).party == ADA and party(card) == ADA
    assert len(said) == 1 and said[0].endswith("put the same card again")


def test_a_finished_card_is_left_as_it_is():
    bobs, other = fresh(1), fresh(2)
    desk_at(Table(bobs))[0].issue(BOB)
    table = Table(bobs)
    desk, said = desk_at(table, wait_s=5)
    desk._tell = lambda text: (said.append(text), table.lay(other))
    assert desk.issue(ADA).card.endswith("A2") and party(bobs) == BOB
    assert said == ["0001:04A1B2C3D4E5A1 was issued before and stays as it is: put another card"]


def test_a_card_written_as_the_power_went_is_found_again():
    card = fresh()
    desk_at(Table(card))[0].issue(ADA)
    desk, said = desk_at(Table(card))
    assert (desk.issue(ADA, again=True).card, said) == ("0001:04A1B2C3D4E5A1", [])


def test_a_card_that_is_out_gets_new_keys():
    card, new = fresh(), KEYS.rolled(1, os.urandom)
    desk_at(Table(card))[0].issue(ADA)
    written, regions = desk_at(Table(card), new)[0].rekey()
    assert (written.key_sets, regions) == ("1:2 2:1 3:1 4:1", [1]) and party(card, new.without(1, 1)) == ADA
    assert desk_at(Table(card), new)[0].rekey()[1] == []


def test_no_card_and_a_stranger():
    with pytest.raises(GivenUp, match="no card came"):
        desk_at(Table(), wait_s=0.05)[0].issue(ADA)
    card = fresh()
    desk_at(Table(card))[0].issue(ADA)
    with pytest.raises(GivenUp, match="04A1B2C3D4E5A1: card_not_genuine"):
        desk_at(Table(card), make_chain_keys(1, os.urandom))[0].read()


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("account\nnobody\n", "row 2: 'nobody' is no account"),
        (f"{ADA},x\n\n{ADA}\n", "row 3: the same account as row 1"),
    ],
)
def test_a_bad_list_names_its_row(tmp_path, text, wrong):
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(lists.BadList, match=wrong):
        lists.read_todo(tmp_path / "list.csv")


def test_a_list_is_printed_and_an_unfinished_line_passed_over(tmp_path):
    todo, done = tmp_path / "list.csv", tmp_path / "list.done.csv"
    todo.write_text(f"account,note\n{ADA},Ada\n{BOB},Bob\n")
    lists.write_done(done, lists.Done(2, ADA, "0001:04A1B2C3D4E5A1", "1:1", "2026-11-23T22:15:00Z", "no"))
    with done.open("a") as file:
        file.write("3,")
    assert [one.row for one in lists.read_done(done)] == [2]
    lists.write_done(done, lists.read_done(done)[0]._replace(told="yes"))
    text = lists.printed(lists.read_done(done), {one.row: one.note for one in lists.read_todo(todo)})
    assert "Ada" in text and "does not know" not in text and "Bob" not in text


@pytest.mark.parametrize("name", ["usb", "serial:/dev/not-there", "tcp:127.0.0.1:1", "serial:/dev/null"])
def test_a_reader_that_is_not_there_is_said(name):
    with pytest.raises(ReaderError):
        open_reader(name)


def test_the_done_list_is_plain_csv(tmp_path):
    lists.write_done(tmp_path / "done.csv", lists.Done(2, ADA, "c", "1:1", "t", "yes"))
    assert next(csv.DictReader((tmp_path / "done.csv").open()))["account"] == ADA
