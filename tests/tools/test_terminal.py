"""`tapwell terminal enrol` against a real head office: what lies in flash afterwards, and what it says otherwise."""

import json
import ssl

import pytest
from typer.testing import CliRunner

from firmware.config import Config
from hardware.boards.catalogue import pin_map
from tools import processes, terminal
from tools.virtual_terminal import CHIPS


class HeadOffice:
    """A running head office with one store and its one-time codes."""

    def __init__(self, folder):
        self.folder = folder / "hq"
        made = self.command("init", "--name", "Harbour", "--gateway-port", "0", "--pages-port", "0")
        self.fingerprint = made["ca_fingerprint"]
        self.command("store", "add", "--code", "0001")
        self.process = processes.Process(folder / "hq.log", "hq_server", "run", "--dir", str(self.folder)).start()
        self.url = self.process.wait_line("stores: ").split(": ")[1]

    def command(self, *arguments: str) -> dict:
        return processes.command("hq_server", *arguments, "--dir", str(self.folder))

    def code(self, name: str, app: str) -> str:
        return self.command("terminal", "add", name, "--app", app)["code"]


@pytest.fixture(scope="module")
def hq(tmp_path_factory):
    made = HeadOffice(tmp_path_factory.mktemp("enrol"))
    yield made
    made.process.stop()


def enrol(hq, folder, code: str, *more: str, fingerprint: str = ""):
    arguments = ["enrol", "--dir", folder, "--hq", hq.url, "--ca-fingerprint", fingerprint or hq.fingerprint]
    arguments += ["--code", code, "--gateway-host", "192.0.2.1", *more]
    return CliRunner().invoke(terminal.app, [str(argument) for argument in arguments])


def test_a_code_becomes_what_the_firmware_reads(hq, tmp_path):
    done = enrol(hq, tmp_path / "data", hq.code("0001-pos1", "pos"), "--gateway-name", "store", "--language", "zh")
    assert done.exit_code == 0, done.output
    config = Config(str(tmp_path / "data"))
    assert (config.terminal, config.app, config.board, config.language) == ("0001-pos1", "pos", "host", "zh")
    assert (config.gateway_host, config.gateway_port, config.gateway_name) == ("192.0.2.1", 8883, "store")
    assert set(config.pins) == set(CHIPS["pos"]) and config.wifi is None
    assert (len(config.link_key), len(config.witness_key)) == (32, 32)
    assert config.link_key != config.witness_key
    ca, certificate, _ = (config.read(name) for name in config.tls_files)
    assert ssl.DER_cert_to_PEM_cert(ca) != ssl.DER_cert_to_PEM_cert(certificate)


def test_a_board_gets_its_own_pins(hq, tmp_path):
    done = enrol(hq, tmp_path / "data", hq.code("0001-reader1", "reader"), "--board", "pico2w")
    assert done.exit_code == 0, done.output
    written = json.loads((tmp_path / "data" / "terminal.json").read_text())
    assert written["board"] == "pico2w"
    assert written["pins"] == {name: dict(part) for name, part in pin_map("pico2w", "reader").items()}


def test_a_code_is_good_once(hq, tmp_path):
    code = hq.code("0001-reader2", "reader")
    assert enrol(hq, tmp_path / "first", code).exit_code == 0
    again = enrol(hq, tmp_path / "second", code)
    assert again.exit_code == 1 and "not enrolled: head office says 403" in again.output
    assert not (tmp_path / "second" / "terminal.json").exists()


def test_another_head_office_is_not_believed(hq, tmp_path):
    done = enrol(hq, tmp_path / "data", "any", fingerprint="0" * 64)
    assert done.exit_code == 1 and "not the head office you named" in done.output


def test_nobody_there(tmp_path):
    (port,) = processes.free_ports(1)
    nobody = type("Nobody", (), {"url": f"https://127.0.0.1:{port}", "fingerprint": "0" * 64})
    done = enrol(nobody, tmp_path / "data", "any")
    assert done.exit_code == 1 and "head office was not reached" in done.output


def test_a_wrong_word_costs_no_code(hq, tmp_path):
    code = hq.code("0001-pos3", "pos")
    for option, value in (("--board", "toaster"), ("--chips", "pn532,hopper"), ("--language", "tlh")):
        done = enrol(hq, tmp_path / "data", code, option, value)
        assert done.exit_code == 2 and option in done.output
    assert enrol(hq, tmp_path / "data", code).exit_code == 0


def test_an_app_that_does_not_fit_its_board_is_refused(hq, tmp_path):
    done = enrol(hq, tmp_path / "data", hq.code("0001-pos2", "pos"), "--board", "picow")
    assert done.exit_code == 1 and "pos does not fit picow" in done.output
