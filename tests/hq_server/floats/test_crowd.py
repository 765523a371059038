"""Many gateways want value of the same few accounts at the same moment: none of these gives more than it had."""

import random

from protocol.ledger.entries import HQ
from tests.hq_server import engines
from tools.bench_floats import Found, Size, account, audit, chain, measure

SIZE = Size(accounts=2, gateways=8, each=3)


def test_a_crowd_is_granted_what_there_is_and_no_cent_more(tmp_path):
    hq, found = chain(tmp_path, engines.new_url(), SIZE), Found()
    measure(hq, SIZE, random.Random(1), found)
    audit(hq, SIZE)
    assert found.granted + found.refused == SIZE.wishes and found.refused > 0
    with hq.db.read() as connection:
        vault = hq.vault_on(connection)
        left = [vault.held(account(number)).get((HQ, "principal"), 0) for number in range(SIZE.accounts)]
    assert min(left) == 0, "somebody wanted more than there was"
    hq.close()
    engines.drop(tmp_path)
