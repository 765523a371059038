"""The whole of it as people do it: backup, more business, the machine is lost, restore, and everything is as it was."""

import itertools
import os
import shutil
import subprocess
import sys
import time

import httpx
import pytest

from tests.hq_server import engines
from tests.hq_server.little_gateway import DAY, LittleGateway, line_to
from tests.hq_server.test_served import hq_command

ADA, GRACE = "a1" * 16, "c3" * 16
WORDS = {"TAPWELL_BACKUP_PASSPHRASE": "seven blue lanterns"}


def said_by(directory, *arguments: str) -> subprocess.CompletedProcess:
    """A command as a person types it."""
    command = [sys.executable, "-m", "hq_server", *arguments, "--dir", str(directory)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **WORDS})


class Office:
    """Head office as a process."""

    def __init__(self, directory):
        self.directory = directory
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hq_server", "run", "--dir", str(directory)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout
        self.url, self.pages = [self.process.stdout.readline().split(": ")[1].strip() for _ in range(2)]

    def books(self, key: str) -> dict:
        """What each member has and what each store has booked, wherever it lies; rights apart."""
        found: dict[tuple, int] = {}
        for row in self.asks("/trial-balance", key)["lines"]:
            if not row["book"].startswith("right"):
                place = row["book"], row["asset"]
                found[place] = found.get(place, 0) + row["amount"]
        for account in (ADA, GRACE):
            for row in self.asks("/ledger?limit=1&account=" + account, key)["balances"]:
                place = account, row["line"].split("/")[2]
                found[place] = found.get(place, 0) + row["amount"]
        return {place: amount for place, amount in found.items() if amount}

    def asks(self, path: str, key: str) -> dict:
        headers = {"authorization": "Bearer " + key}
        answer = httpx.get(self.pages + "/api/v1" + path, headers=headers, trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture()
def chain(tmp_path, monkeypatch):
    """A head office at work with two stores and two members, and a key for programs."""
    monkeypatch.setenv(*next(iter(WORDS.items())))
    here = tmp_path / "hq"
    ports = ("--gateway-port", "0", "--pages-port", "0")
    database = engines.new_url()
    hq_command(here, "init", "--name", "Harbour", *ports, *(("--database", database) if database else ()))
    codes = {code: hq_command(here, "store", "add", "--code", code)["code"] for code in ("0001", "0002")}
    for account, home in ((ADA, "0001"), (GRACE, "0002")):
        hq_command(here, "member", "add", "--account", account, "--home", home)
    key = hq_command(here, "key", "add", "checker")["key"]
    office = Office(here)
    gateways = [
        LittleGateway(office.url, code, number * 32, tmp_path / number)
        for number, code in zip("12", codes.values(), strict=True)
    ]
    offices = [office]
    yield here, offices, gateways, key
    for one in offices:
        one.kill()


def catch_up(gateways: list[LittleGateway]) -> None:
    for gateway in gateways:
        while gateway.fetch_all() or gateway.shop.lines:
            if gateway.shop.lines:
                assert gateway.deliver().status_code == 200
        gateway.beat()


def ask_float(gateway: LittleGateway, number: str, cents: int) -> dict:
    return gateway.line.post(
        "/gateway/v1/float", json={"request": number, "account": ADA, "want": {"principal": cents}}
    ).json()


def business(first: LittleGateway, second: LittleGateway) -> None:
    """Value goes from one store over head office to the other, and is spent there."""
    first.shop.top_up(DAY, 3, ADA, 7_00)
    catch_up([first, second])
    numbers = (f"{number:032x}" for number in itertools.count(1))

    def enough() -> bool:
        ask_float(second, next(numbers), 40_00)
        catch_up([first, second])
        return sum(one.amount for one in second.shop.holding(ADA).slices if one.asset != "points") >= 17_80

    until(enough)
    second.shop.sale(DAY, 5, {"4004": 2000}, ADA, stored_cents=1780)
    catch_up([first, second])


def until(done) -> None:
    """Accounts are looked at again and again, soon after what happened to them."""
    ends_s = time.monotonic() + 30
    while not done():
        assert time.monotonic() < ends_s
        time.sleep(0.05)


def test_backup_more_business_disk_lost_restore_and_all_is_as_it_was(chain, tmp_path):
    here, offices, (first, second), key = chain
    catch_up([first, second])
    first.shop.top_up(DAY, 1, ADA, 100_00, 10_00)
    second.shop.top_up(DAY, 1, GRACE, 50_00)
    catch_up([first, second])
    file = tmp_path / "night.backup"
    made = said_by(here, "backup", str(file))
    assert made.returncode == 0 and made.stdout.startswith("Written and verified: "), made.stderr
    assert first.beat()["safe_seq"] == first.shop.seq
    assert hq_command(here, "backup", "--verify", str(file))["chain"] == "Harbour"
    business(first, second)
    known = offices[0].books(key)

    refused = said_by(here, "restore", str(file), "--replace")
    assert refused.returncode == 1 and "is at work (process " in refused.stderr
    offices[0].kill()
    shutil.move(here, tmp_path / "lost")
    database = engines.new_url()
    done = hq_command(here, "restore", str(file), *(("--database", database) if database else ()))
    assert done["awaited"] == ["0001", "0002"]
    offices.append(Office(here))
    assert offices[1].books(key) != known
    for gateway in (first, second):
        gateway.line = line_to(offices[1].url, gateway.ca_pem, *gateway.files)
    catch_up([second])
    assert offices[1].asks("/recovery", key)["waits"] and ask_float(second, "7" * 32, 1)["reason"] == "recovery"
    catch_up([first, second])
    assert not offices[1].asks("/recovery", key)["waits"]
    until(lambda: offices[1].asks("/recovery", key)["missing"] == {})
    catch_up([first, second])
    assert offices[1].books(key) == known
    assert ask_float(second, "6" * 32, 1)["reason"] is None
