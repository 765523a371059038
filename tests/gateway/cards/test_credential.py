"""The card keys' secret as a systemd credential: Debian's own systemd-creds seals and unseals it, by the host's key and
by a TPM (swtpm, a TPM 2 in software). What systemd does at a service's start with LoadCredentialEncrypted is done here
by hand: it unseals into the directory that CREDENTIALS_DIRECTORY names.
"""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway import reader
from gateway.cards import opening
from gateway.cards.keyfile import CREDENTIAL
from tests.gateway.cards.test_opening import KEYS, Clock, knows
from tools import card_keys

TRIES = 20  # a pair of ports may be taken by somebody else in between


class Machine:
    """A host with its own disk's key or its own TPM; `run` is systemd-creds there."""

    def __init__(self, folder: Path, options: list[str]) -> None:
        self.options = options
        self.environment = dict(os.environ, SYSTEMD_CREDENTIAL_SECRET=str(folder / "credential.secret"))

    def run(self, *words: str | Path) -> bool:
        command = ["systemd-creds", words[0], *self.options, "--name=" + opening.CREDENTIAL_NAME, *words[1:]]
        return subprocess.run(command, env=self.environment, capture_output=True, timeout=60).returncode == 0


@contextmanager
def by_host_key(folder: Path) -> Iterator[Machine]:
    folder.mkdir()
    yield Machine(folder, [])


@contextmanager
def by_tpm(folder: Path) -> Iterator[Machine]:
    folder.mkdir()
    for _ in range(TRIES):
        port = pair_of_ports()
        at = ["--server", f"type=tcp,port={port},bindaddr=127.0.0.1"]
        at += ["--ctrl", f"type=tcp,port={port + 1},bindaddr=127.0.0.1"]
        command = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={folder}", *at]
        chip = subprocess.Popen([*command, "--flags", "not-need-init,startup-clear"], stderr=subprocess.PIPE)
        if answers(chip, port + 1):
            break
        chip.wait()
    try:
        yield Machine(folder, [f"--tpm2-device=swtpm:host=127.0.0.1,port={port}"])
    finally:
        chip.kill()
        chip.wait()


def pair_of_ports() -> int:
    """The first of two that were free a moment ago: the second is for control."""
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            try:
                other.bind(("127.0.0.1", one.getsockname()[1] + 1))
            except OSError:
                continue
            return one.getsockname()[1]


def answers(chip: subprocess.Popen, control: int) -> bool:
    """Once it listens; False when it ended instead."""
    while chip.poll() is None:
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", control)) == 0:
                return True
        time.sleep(0.01)
    return False


WAYS = {"host": by_host_key, "tpm2": by_tpm}


@pytest.mark.parametrize("key", WAYS)
def test_a_credential_opens_by_itself_on_the_machine_that_sealed_it(tmp_path, monkeypatch, key):
    store, plain, sealed = tmp_path / "store", tmp_path / "secret", tmp_path / "store" / "sealed"
    store.mkdir()
    card_keys.hand_out(KEYS, store, opens=CREDENTIAL, where=str(plain))
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with WAYS[key](tmp_path / "mine") as machine:
        assert machine.run("encrypt", "--with-key=" + key, plain, sealed)
        secret = plain.read_bytes()
        plain.unlink()
        assert secret not in sealed.read_bytes()
        assert not knows(reader.of(store, Clock())), "the disk alone"
        unsealed = tmp_path / "credentials"
        unsealed.mkdir()
        assert machine.run("decrypt", sealed, unsealed / opening.CREDENTIAL_NAME)
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(unsealed))
        assert knows(reader.of(store, Clock())), "head office is not asked"
    with WAYS[key](tmp_path / "another") as thief:
        assert not thief.run("decrypt", sealed, tmp_path / "stolen")
        assert not (tmp_path / "stolen").exists()
