"""terminal.json, written at enrolment, read once: who this terminal is, where its gateway is, what its board has.

    terminal, app, board       "0001-pos1", "reader", "pos" or "pump", name of the pin map
    gateway_host, gateway_port, gateway_name    address of the broker, and the name in its certificate
    ca, certificate, key       files beside it, DER
    key_number, link_key, witness_key           hex
    language                   "zh" or "en" until somebody chooses at the terminal
    pins                       what hal.py describes
    nozzles                    of a pump, from nozzle 1 on: {"code": goods number of its grade, "address": of its pump
                               on the line, 80 to 111, "hose": its number there}; older: the code alone, a pump each
    dart                       what of its pumps' line is not settled: protocol/dart/side.py
    wifi                       {"ssid", "password"}, absent on a host
    journal_bytes              bound of the journal, absent: made out of the flash's size
    update_s                   seconds between questions for a newer release, of rest before it is tried, of its trial
"""

import json
from binascii import unhexlify

FILE = "/terminal.json"
FIRST_ADDRESS = 0x50


class Config:
    """The file's members as attributes; keys as bytes."""

    def __init__(self, folder: str):
        with open(folder + FILE) as file:
            values = json.load(file)
        self.folder = folder
        self.terminal = values["terminal"]
        self.app = values["app"]
        self.board = values["board"]
        self.gateway_host = values["gateway_host"]
        self.gateway_port = values["gateway_port"]
        self.gateway_name = values["gateway_name"]
        self.tls_files = (values["ca"], values["certificate"], values["key"])
        self.key_number = values["key_number"]
        self.link_key = unhexlify(values["link_key"])
        self.witness_key = unhexlify(values["witness_key"])
        self.language = values.get("language", "en")
        self.pins = values["pins"]
        nozzles = values.get("nozzles", ())
        self.nozzles = [_nozzle(at, nozzles[at]) for at in range(len(nozzles))]
        self.dart = values.get("dart")
        self.wifi = values.get("wifi")
        self.journal_bytes = values.get("journal_bytes", 0)
        self.update_s = values.get("update_s", (600, 60, 300))

    def read(self, name: str) -> bytes:
        """A file beside terminal.json."""
        with open(self.folder + "/" + name, "rb") as file:
            return file.read()


def _nozzle(at: int, told) -> tuple:
    """(code, address, hose)."""
    if isinstance(told, str):
        return told, FIRST_ADDRESS + at, 1
    return told["code"], told["address"], told["hose"]
