"""The judge of cuts of power sees a board that forgets. The cuts themselves: tests/end_to_end/test_boards.py."""

import socket

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tools.power_cuts import Host


@pytest.mark.parametrize(
    ("said", "lost"),
    [
        # release, last sale, open, testimony lost, release given up; it had said: release 4, sales to 7, all answered
        ("4 7 0 0 0", 0),
        ("5 8 8 0 0", 0),  # a trial, and a sale that was cut off before it could be said
        ("3 7 0 0 0", 1),  # an older release than the confirmed one
        ("4 6 0 0 0", 1),  # a sale is gone
        ("4 9 0 0 0", 1),  # two sales that nobody made
        ("4 7 7 0 0", 1),  # the answer is gone
        ("4 7 0 1 0", 1),
        ("4 7 0 0 5", 1),  # a good release was given up
    ],
)
def test_what_a_board_says_after_a_cut_is_held_against_what_it_said_before(tmp_path, said, lost):
    host = Host(tmp_path, tmp_path, rsa.generate_private_key(public_exponent=65537, key_size=1024))
    host.confirmed, host.wrote, host.answered = 4, 7, 7
    with socket.create_connection(("127.0.0.1", host.port)) as board:
        board.sendall(b"start %s\n" % said.encode())
        assert host.start(5.0) and host.lost == lost
    host.close()


def test_a_board_that_says_nothing_has_not_started(tmp_path):
    host = Host(tmp_path, tmp_path, rsa.generate_private_key(public_exponent=65537, key_size=1024))
    assert not host.start(0.1)
    host.close()
