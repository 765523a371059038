"""What an issuing desk asks of head office: said twice it is done once."""

import pytest

from tests.hq_server.conftest import program
from tests.hq_server.small_chain import ACCOUNTS
from tools.desk.office import Office, OfficeError

ADA, BOB = ACCOUNTS[:2]
FIRST, SECOND, SETS = "0001:04A1B2C3D4E5A1", "0001:04A1B2C3D4E5A2", "1:1 2:1 3:1 4:1"


def test_head_office_ties_replaces_and_blocks(hq):
    office = Office(program(hq, "support", "desk"))
    for _ in range(2):
        office.add_card(FIRST, ADA, SETS)
    with pytest.raises(OfficeError, match="card_exists"):
        office.add_card(FIRST, BOB, SETS)
    assert office.account_of(FIRST) == ADA
    for _ in range(2):
        told = office.replace(FIRST, SECOND, SETS, "lost")
    assert told["account"] == ADA and office.cards_of(ADA)[FIRST] == "replaced"
    office.made_with(SECOND, "1:2 2:1 3:1 4:1")
    assert office.block(SECOND, "lost")["block"]["status"] == "blocked"
    with pytest.raises(OfficeError, match="unknown_card"):
        office.account_of("0001:04FFFFFFFFFFFF")
