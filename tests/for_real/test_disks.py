"""Disks that were set back or copied, with real processes: nothing is paid twice, and the store starts over.

A store stops and starts as its operator would do it (`tapwell gateway up`, `enrol --again`), its files are copied as a
careless backup would do it. Afterwards the tills' journals tell head office what the disk no longer can; what cannot be
known while every line is cut is bounded and named.
"""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.for_real.quick_till import QuickTill
from tests.for_real.town import Town, until
from tools.processes import Process, free_ports

SET_BACK, FORGOTTEN, CLONED = 0, 2, 4  # households at home in 0001
MILK = "4001"


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """One of our own: what is lost here is missing in its books."""
    made = Town(tmp_path_factory.mktemp("disks"), members=5)
    try:
        yield made.open()
    finally:
        made.close()


def tops_up(town: Town, household: int, cents: int) -> None:
    assert town.till("0001").tops_up(town.card(household), cents)[0] == "topped_up"
    town.comes_to_rest()
    assert town.held(household) == {"0001": cents}


def pays(town: Town, till: QuickTill, household: int, cents: int) -> str:
    """'receipt', or the reason why not."""
    message, values = till.sells(((MILK, cents * 10),), town.card(household))
    return values.get("reason", message)


def backup(town: Town, code: str, to: Path) -> Path:
    """The database of a store that is stopped, as a file copy."""
    town.stop(code)
    to.mkdir()
    for file in town.store(code).folder.glob("store.db*"):
        shutil.copy(file, to)
    town.start(code)
    town.opens(town.till(code))
    return to


def put_back(town: Town, code: str, copied: Path) -> None:
    """What a restored backup is: an earlier state of the very same life."""
    town.stop(code)
    for file in town.store(code).folder.glob("store.db*"):
        file.unlink()
    for file in copied.iterdir():
        shutil.copy(file, town.store(code).folder)
    town.start(code)


def starts_over(town: Town, code: str) -> None:
    """Enrolled anew, the tills sell again without anybody touching them."""
    town.enrols_again(code)
    for till in town.tills[code]:
        town.opens(till)
        message, values = till.sells(((MILK, 1000),), None)
        assert message == "receipt", values


def test_a_disk_set_back_is_found_by_what_a_till_has_seen(town, tmp_path):
    """No line to head office: only the store's own tills can know."""
    till, other = town.tills["0001"]
    tops_up(town, SET_BACK, 5000)
    copied = backup(town, "0001", tmp_path / "copy")
    with town.without_hq("0001"):
        assert pays(town, till, SET_BACK, 3000) == "receipt"
        put_back(town, "0001", copied)
        until(lambda: town.fenced("0001"), "the store fences itself", 40)
        # The head of the log is told to every till at the counter: whichever comes first knows.
        assert "has seen event" in town.fenced("0001") and any(one.name in town.fenced("0001") for one in (till, other))
        assert [pays(town, one, SET_BACK, 3000) for one in (till, other)] == ["fenced", "fenced"]
    assert town.till("0002").sells(((MILK, 30_000),), town.card(SET_BACK))[0] == "refused"
    assert sum(town.held(SET_BACK).values()) == 5000, "head office knows what it was told"
    starts_over(town, "0001")
    until(lambda: town.held(SET_BACK) == {"suspense": 2000}, "the till's own testimony of the sale", 60)
    (sale,) = sales_of(town, SET_BACK, "testified")
    assert (sale["terminal"], sale["tenders"], sale["witness"]) == (till.name, {"principal": 3000}, "fits")
    assert pays(town, till, SET_BACK, 1000) == "insufficient_float", "what is left waits for two people's word"


def test_a_disk_set_back_is_found_by_what_head_office_has_booked(town, tmp_path):
    """Every till forgot: only head office's cursor can know."""
    till = town.till("0001")
    tops_up(town, FORGOTTEN, 5000)
    copied = backup(town, "0001", tmp_path / "copy")
    assert pays(town, till, FORGOTTEN, 3000) == "receipt"
    town.comes_to_rest()
    for one in town.tills["0001"]:
        one.cut_power()
        one.forgets_heads()
    put_back(town, "0001", copied)
    # It has booked more than the disk knows, or the disk goes on differently: whichever it says first.
    until(lambda: town.fenced("0001").startswith("head office: "), "the store fences itself", 40)
    for one in town.tills["0001"]:
        one.power_on()
    until(lambda: till.ready, "the till is welcome")
    assert pays(town, till, FORGOTTEN, 3000) == "fenced"
    starts_over(town, "0001")
    assert town.held(FORGOTTEN) == {"suspense": 2000}, "the sale was booked before, and is not booked again"


def test_of_two_copies_of_a_store_neither_goes_on_once_head_office_hears_of_it(town, tmp_path):
    """With every line cut both copies pay what they carry: a loss of one float, no more, and it is named."""
    till, other = town.tills["0001"]
    tops_up(town, CLONED, 1000)
    clone, port = cloned(town, "0001", tmp_path / "clone")
    try:
        with town.without_hq("0001"):
            other.moves_to(port)
            for one in (till, other):
                town.opens(one)
            assert [pays(town, one, CLONED, 1000) for one in (till, other)] == ["receipt", "receipt"]
            assert [pays(town, one, CLONED, 100) for one in (till, other)] == ["insufficient_float"] * 2
        until(lambda: "chain_broken" in fenced_alarm(town, "0001"), "head office fences the store", 60)
        until(lambda: town.fenced("0001"), "the store knows", 60)
        books = town.asks("/api/v1/trial-balance")
        assert not any(books["by_unit"].values()) and books["negative"] == []
        assert town.held(CLONED) == {}, "it was paid once by the books"
        assert len(sales_of(town, CLONED)) == 1
    finally:
        clone.stop()
    other.moves_to(town.store("0001").wire.port)
    starts_over(town, "0001")
    until(lambda: lost_cents(town) == 1000, "the loss of one float, by name", 60)
    assert town.held(CLONED) == {} and town.asks("/api/v1/trial-balance")["negative"] == []


def cloned(town: Town, code: str, to: Path) -> tuple[Process, int]:
    """A running copy of a store's whole directory on ports of its own, and the port of its broker."""
    town.stop(code)
    shutil.copytree(town.store(code).folder, to)
    broker, status = free_ports(2)
    settings = (to / "gateway.toml").read_text()
    for name, value in (("broker_port", broker), ("status_port", status)):
        settings = re.sub(rf"^{name} = .*$", f"{name} = {value}", settings, flags=re.M)
    (to / "gateway.toml").write_text(settings)
    town.start(code)
    return Process(town.chain.logs / f"clone-{code}.log", "gateway", "up", "--dir", str(to)).start(), broker


def fenced_alarm(town: Town, code: str) -> str:
    """What head office's alarms say of it."""
    return json.dumps([alarm for alarm in town.asks("/api/v1/alarms")["alarms"] if alarm["store"] == code])


def sales_of(town: Town, household: int, kind: str = "sale") -> list[dict]:
    events = town.asks("/api/v1/events", kind=kind)["events"]
    return [event for event in events if event["account"] == town.account(household)]


def lost_cents(town: Town) -> int:
    """What the loss book bears, in minor units."""
    rows = town.asks("/api/v1/trial-balance")["lines"]
    return -sum(row["amount"] for row in rows if (row["book"], row["asset"]) == ("loss", "principal"))
