"""The page about backup, restore and retirement shows what is printed, word by word."""

from pathlib import Path

import pytest

from hq_server.backup.commands import said_of_backup, said_of_restore
from hq_server.backup.restoring import Restored
from hq_server.fleet import retiring as steps
from hq_server.fleet.commands import GO_ON, SAYS, said_of_retiring
from hq_server.vault.retiring import Outstanding, describe

PAGE = (Path(__file__).parents[3] / "docs" / "backup.md").read_text(encoding="utf-8")
MADE = {
    "chain": "Harbour & Mill", "made_at_s": 1795399200, "rows": {"event": 310_202, "entry": 894_354},
}  # fmt: skip
LEFT = Outstanding(2, 0, {"principal": 10000}, {}, 0)
GONE = {"store": "0003", "certificates": 5}


@pytest.mark.parametrize(
    "said",
    [
        said_of_backup(MADE, Path("/mnt/other/night.backup"), 48_204_113, False),
        said_of_restore(Restored(MADE, "f" * 32, ["0001", "0002", "0003"], ""), Path("hq")),
        SAYS.format(store="0003", what=describe(LEFT)),
        f"{steps.WAITING}: {describe(LEFT)}",
        f"{steps.WAITING}: {describe(Outstanding(0, 0, {}, {}, 0))}",
        f"{steps.CLOSING}: nothing",
        said_of_retiring({**GONE, "case": "closed"}),
        said_of_retiring({**GONE, "case": "open"}),
        f"outstanding: {describe(LEFT._replace(events=0))}. {GO_ON}",
    ],
)
def test_what_is_printed_stands_on_the_page(said):
    shown = "\n".join("    " + line for line in said.splitlines())
    assert shown in PAGE, said
