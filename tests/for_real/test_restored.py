"""Head office's disk is lost and a backup restored, for real: gateways and brokers as installed, tills that sell on."""

import shutil
import threading

from tests.for_real.quick_till import QuickTill
from tests.for_real.town import Town, until

GOES, STAYS = 9, 8  # households of this test
MILK = (("4001", 1000),)


def test_after_a_lost_disk_stores_tell_again_what_the_backup_does_not_know(town: Town, tmp_path):
    """After the backup value moves from one store over head office to the other and is spent; both sell on."""
    first, second, card = town.till("0001"), town.till("0002"), town.card(GOES)
    assert first.tops_up(card, 3000)[0] == "topped_up"
    town.comes_to_rest()
    words, file = tmp_path / "words", tmp_path / "night.backup"
    words.write_text("seven blue lanterns\n")
    told = town.chain.hq_says("backup", str(file), "--passphrase-file", str(words))
    until(lambda: town.asks("/api/v1/recovery")["backups"][0]["id"] == told["id"], "a backup on record")

    said = sold(town, second, MILK * 3)
    assert said["principal_cents"] + said["bonus_cents"] == 300, said
    assert first.tops_up(card, 500)[0] == "topped_up"
    assert second.tops_up(town.card(STAYS), 700)[0] == "topped_up"
    town.comes_to_rest()
    known = {household: sum(town.held(household).values()) for household in (GOES, STAYS)}

    town.chain.hq.kill()
    shutil.move(town.chain.hq_dir, tmp_path / "lost")
    selling = threading.Thread(target=lambda: [second.sells(MILK, card) for _ in range(2)])
    selling.start()
    done = town.chain.hq_says("restore", str(file), "--passphrase-file", str(words))
    assert done["awaited"] == ["0001", "0002"]
    town.chain.hq.start()
    selling.join()

    until(lambda: not town.asks("/api/v1/recovery")["waits"], "both stores have reported", 60)
    for till in town.all_tills():
        town.opens(till)
    town.comes_to_rest()
    recovery = town.asks("/api/v1/recovery")
    assert [row["status"] for row in recovery["stores"]] == ["reported", "reported"]
    until(lambda: town.asks("/api/v1/recovery")["missing"] == {}, "what was taken has come home")
    assert sum(town.held(STAYS).values()) == known[STAYS]
    assert known[GOES] - sum(town.held(GOES).values()) in (0, 100, 200)  # what was bought meanwhile from stored value
    sold(town, first, MILK)
    town.comes_to_rest()
    audit = town.audit()
    assert audit.wrong == [], "\n".join(audit.wrong)


def sold(town: Town, till: QuickTill, lines: tuple) -> dict:
    """What the receipt says."""
    message, said = town.sells_soon(till, lines, GOES)
    assert message == "receipt", (said, town.held(GOES), town.asks("/api/v1/recovery"), town.status(till.name[:4]))
    return said
