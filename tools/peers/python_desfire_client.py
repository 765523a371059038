"""Plays an issuing desk with PyPI's python-desfire on the serial port in argv[1]: keys changed, files written, read.

Its own process: it blocks. Prints "ok" and one word per step; the first thing that is not so ends it with an exception.
"""

import sys

from desfire import DESFire, DESFireKey, PN532UARTDevice, diversify_key, get_list
from desfire.enums import DESFireCommunicationMode, DESFireFileType, DESFireKeySettings, DESFireKeyType
from desfire.schemas import FilePermissions, FileSettings, KeySettings

SLICE_S = 0.02  # it reads past the end of each answer, and waits so long for more
AID, TEXT = "505754", [ord(letter) for letter in "somebody else wrote this"]
MADE = KeySettings(key_type=DESFireKeyType.DF_KEY_AES, settings=[DESFireKeySettings.KS_FACTORY_DEFAULT])
KEY_0, KEY_1 = "00112233445566778899AABBCCDDEEFF", "0F1E2D3C4B5A69788796A5B4C3D2E1F0"
BLANK = "00" * 16


def aes(value: str) -> DESFireKey:
    return DESFireKey(MADE, value)


def done(step: str, so: bool = True) -> None:
    assert so, step
    print("ok", step, flush=True)


def keys(card: DESFire) -> None:
    card.authenticate(0, DESFireKey(card.get_key_setting(), "00" * 8))
    done("session of DES")
    done("uid %s" % bytes(card.get_real_uid()).hex())
    card.create_application(AID, MADE, 2)
    card.select_application(AID)
    card.authenticate(0, aes(BLANK))
    done("session of AES")
    card.change_key(1, aes(BLANK), aes(KEY_1), 2)
    card.change_key(0, aes(BLANK), aes(KEY_0), 3)
    card.authenticate(0, aes(KEY_0))
    done("keys changed", (card.get_key_version(0), card.get_key_version(1)) == (3, 2))


def files(card: DESFire) -> None:
    for number, mode in ((1, DESFireCommunicationMode.PLAIN), (2, DESFireCommunicationMode.ENCRYPTED)):
        rights = FilePermissions(1, 0, 0, 0)
        card.create_standard_file(number, FileSettings(mode, DESFireFileType.MDFT_STANDARD_DATA_FILE, rights, 32))
        card.write_file_data(number, 0, mode, TEXT)
    for number in (1, 2):
        card.authenticate(1, aes(KEY_1))  # it loses the chained IV after it has read a plain file
        found = card.read_file_data(number, card.get_file_settings(number))
        done("file %d" % number, found[: len(TEXT)] == TEXT)


def main() -> None:
    card = DESFire(PN532UARTDevice(sys.argv[1], baudrate=115200, timeout=SLICE_S))
    done("version %d" % card.get_card_version().hardware_major_version)
    keys(card)
    files(card)
    made = diversify_key(get_list(KEY_0), list(bytes.fromhex("01" + "04782E21801D80" + "3042F5" + "4E585020416275")))
    done("AN10922 %s" % bytes(made).hex())


if __name__ == "__main__":
    main()
