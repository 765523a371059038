"""The programs, what each is asked to do with a card, and how we see that it did."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from hardware.emulators.desfire import EV1, EV2, Card
from hardware.emulators.desfire.configuration import RANDOM_UID, Generation
from tools.peers import desk_readers, libfreefare_tests, on_pty
from tools.peers.on_pty import Said

UID = "04a1b2c3d4e5f6"
HERE = Path(__file__).parent
TEXT_RECORD = bytes.fromhex("d101085402656e") + b"tapwe"  # an NDEF message of one text
APPLICATION = bytes.fromhex("ca01020f0f81")  # native: create application 0F0201 with one AES key
TEST_LIMIT_S = 20


class Outcome(NamedTuple):
    """One line of the report. wrong: "" or why it is not what we wanted."""

    tool: str
    code: int
    checked: str
    wrong: str = ""


class Peer(NamedTuple):
    """A program of others. checked: what its success shows."""

    tool: str
    checked: str
    play: Callable[[], tuple[Said, bool]]


def outcome(peer: Peer) -> Outcome:
    """Runs one program."""
    try:
        said, so = peer.play()
    except libfreefare_tests.CannotBuild as reason:
        return Outcome(peer.tool, 127, peer.checked, str(reason))
    lines = [line for line in said.text.strip().splitlines() if "libnfc.buses" not in line]
    wrong = "" if said.code == 0 and so else " / ".join(lines)[-400:] or "it said nothing"
    return Outcome(peer.tool, said.code, peer.checked, wrong)


def card(generation: Generation = EV2) -> Card:
    return Card(bytes.fromhex(UID), generation=generation)


def says(one: Card | None, command: list[str], *wanted: str) -> tuple[Said, bool]:
    """The program succeeds and says these things."""
    said = on_pty.run(one, *command)
    return said, all(words in said.text for words in wanted)


def client(name: str) -> list[str]:
    return [sys.executable, str(HERE / name)]


def finds_the_card() -> tuple[Said, bool]:
    uid = "  ".join(UID[i : i + 2] for i in range(0, 14, 2))
    return says(card(), ["nfc-list", "-v"], "1 ISO14443A passive target(s) found", uid, "MIFARE DESFire EV1")


def finds_nothing() -> tuple[Said, bool]:
    return says(None, ["nfc-list", "-v"], "0 ISO14443A passive target(s) found")


def sees_it_come_and_go() -> tuple[Said, bool]:
    said = on_pty.run(card(), "nfc-poll", "-v", timeout_s=TEST_LIMIT_S, stays_s=1.0)
    return said, all(words in said.text for words in ("MIFARE DESFire EV1", "Waiting for card removing", "done."))


def diagnoses_the_chip() -> tuple[Said, bool]:
    return says(None, ["pn53x-diagnose"], "Communication line test: OK", "ROM test: OK", "RAM test: OK")


def reads_the_chip() -> tuple[Said, bool]:
    return says(None, ["nfc-scan-device", "-v"], "chip: PN532 v1.6")


def reads_a_fresh_card() -> tuple[Said, bool]:
    wanted = (f"0x{UID}", "0x1a (=8192 bytes)", "Master Key settings (0x0f)", "7936 bytes")
    return says(card(), ["mifare-desfire-info"], *wanted)


def looks_at_applications() -> tuple[Said, bool]:
    return says(card(EV1), ["mifare-desfire-access"])


def writes_and_reads_ndef() -> tuple[Said, bool]:
    """create-ndef, write-ndef, read-ndef, and nfcpy after them: three programs agree on one message."""
    one = card()
    with tempfile.TemporaryDirectory() as folder:
        written, read = Path(folder, "written"), Path(folder, "read")
        written.write_bytes(TEXT_RECORD)
        for command in (
            ["mifare-desfire-create-ndef", "-y"],
            ["mifare-desfire-write-ndef", "-y", "-i", str(written)],
            ["mifare-desfire-read-ndef", "-y", "-o", str(read)],
        ):
            said = on_pty.run(one, *command)
            if said.code:
                return said, False
        if read.read_bytes() != TEXT_RECORD:
            return Said(1, "read-ndef gives back something else"), False
    return says(one, [*client("nfcpy_client.py"), "{port}"], "tag Type4Tag " + UID, TEXT_RECORD.hex())


def sets_the_ats() -> tuple[Said, bool]:
    one = card()
    one.ats = bytes.fromhex("0675778102") + b"\x00"
    said = on_pty.run(one, "mifare-desfire-ev1-configure-ats", "-y")
    return said, one.ats.hex() == "067577810280"


def sets_the_default_key() -> tuple[Said, bool]:
    one = card()
    one.default_key = (bytes([7]) * 24, 7)
    said = on_pty.run(one, "mifare-desfire-ev1-configure-default-key", "-y")
    return said, one.default_key == (bytes(24), 0)


def turns_to_random_uid() -> tuple[Said, bool]:
    one = card()
    said = on_pty.run(one, "mifare-desfire-ev1-configure-random-uid", "-y")
    if not one.switches & RANDOM_UID:
        return said, False
    shown = on_pty.run(one, "nfc-list", "-v")
    return shown, "UID (NFCID3): 08" in shown.text and UID[2:4] + "  " + UID[4:6] not in shown.text


def formats() -> tuple[Said, bool]:
    one = card()
    one.transceive(APPLICATION)
    said = on_pty.run(one, "mifare-desfire-format", "-y")
    return said, not one.applications


def personalises_through_libfreefare() -> tuple[Said, bool]:
    said = on_pty.run(card(), *client("libfreefare_client.py"), UID)
    return said, said.text.count("\nok ") >= 150


def reads_with_nfcpy() -> tuple[Said, bool]:
    wanted = ("chip PN532v1.6", "tag Type4Tag " + UID, "04010112001a05")
    return says(card(), [*client("nfcpy_client.py"), "{port}"], *wanted)


def personalises_with_python_desfire() -> tuple[Said, bool]:
    wanted = ("uid " + UID, "ok file 1", "ok file 2", "AN10922 a8dd63a3b89d54b37ca802473fda9175")
    return says(card(), [*client("python_desfire_client.py"), "{port}"], *wanted)


def own_test(test: libfreefare_tests.HardwareTest, generation: Generation) -> tuple[Said, bool]:
    libfreefare_tests.fetch()
    program = libfreefare_tests.build(test)
    said = on_pty.run(card(generation), str(program), timeout_s=TEST_LIMIT_S)
    return said, " checks" in "\n" + said.text


def desk_through_libnfc() -> tuple[Said, bool]:
    return desk_readers.through_libnfc(card())


def desk_through_pcsc() -> tuple[Said, bool]:
    return desk_readers.through_pcsc(card())


QUICK = [
    Peer("nfc-list 1.8.0", "chip opened, card found, ATS known for a DESFire", finds_the_card),
    Peer("nfc-list 1.8.0", "an empty reader is empty", finds_nothing),
    Peer("nfc-scan-device 1.8.0", "PN532 v1.6 and what it can do", reads_the_chip),
    Peer("mifare-desfire-info 0.4.0", "version, memory, key settings, free space", reads_a_fresh_card),
    Peer("mifare-desfire-access 0.4.0", "applications and their rights, DES session", looks_at_applications),
    Peer("mifare-desfire-*-ndef 0.4.0, nfcpy 1.0.4", "made, written, read by both", writes_and_reads_ndef),
    Peer("mifare-desfire-ev1-configure-ats", "SetConfiguration: ATS", sets_the_ats),
    Peer("mifare-desfire-ev1-configure-default-key", "SetConfiguration: default key", sets_the_default_key),
    Peer("mifare-desfire-ev1-configure-random-uid", "random UID, seen by nfc-list", turns_to_random_uid),
    Peer("mifare-desfire-format 0.4.0", "applications are gone", formats),
    Peer("libfreefare 0.4.0 through ctypes", "four kinds of session, keys, files", personalises_through_libfreefare),
    Peer("nfcpy 1.0.4", "wakes with zeros, its own ISO 14443-4, version", reads_with_nfcpy),
    Peer("python-desfire 0.1.5", "DES and AES, keys, files, AN10922", personalises_with_python_desfire),
]  # fmt: skip
LONG = [
    Peer("nfc-poll 1.8.0", "InAutoPoll, and the card that is taken away", sees_it_come_and_go),
    Peer("pn53x-diagnose 1.8.0", "Diagnose: line, ROM, RAM", diagnoses_the_chip),
    Peer("libnfc 1.8.0 through pynfc 0.1.1", "issuing desk: a card made, and read again", desk_through_libnfc),
    Peer("pcscd and vpcd through pyscard 2.3.1", "the same at a PC/SC reader", desk_through_pcsc),
] + [
    Peer(
        f"libfreefare's {test.name[len('test_mifare_'):]}, {generation.name}",
        "its authors' own checks for a real card",
        lambda test=test, generation=generation: own_test(test, generation),
    )
    for generation in (EV1, EV2)
    for test in libfreefare_tests.TESTS
]
