"""Programs that others wrote, on our reader and card. One that is not installed fails, it is not left out."""

import pytest

from tools.peers import on_pty
from tools.peers.programs import QUICK, outcome


@pytest.mark.parametrize("peer", QUICK, ids=lambda peer: peer.play.__name__)
def test_peer(peer):
    assert outcome(peer).wrong == ""


def test_a_program_that_is_not_there_has_failed():
    said = on_pty.run(None, "nfc-not-there")
    assert said.code == 127 and "apt-get install libnfc-bin" in said.text
