"""Reads an issued card with Debian's libfreefare (through ctypes): somebody else's code, keys from the command line.

    LIBNFC_DEFAULT_DEVICE=... python libfreefare_reads.py IDENTIFY_KEY MASTER_KEY PICC_KEY VERSION

Prints the identity file in hex; exits 1 at the first thing that the card does not accept.
"""

import ctypes
import sys
from ctypes import byref, c_int, c_void_p

nfc = ctypes.CDLL("libnfc.so.6")
free = ctypes.CDLL("libfreefare.so.0")
nfc.nfc_open.restype = c_void_p
free.freefare_get_tags.restype = ctypes.POINTER(c_void_p)
for name in ("mifare_desfire_aes_key_new_with_version", "mifare_desfire_aid_new"):
    getattr(free, name).restype = c_void_p
free.mifare_desfire_read_data.restype = ctypes.c_ssize_t


def ok(name: str, *arguments) -> int:
    result = getattr(free, "mifare_desfire_" + name)(TAG, *arguments)
    if result < 0:
        sys.exit(f"{name}: refused with {free.mifare_desfire_last_picc_error(TAG):02X}")
    return result


def aid(number: int) -> c_void_p:
    return c_void_p(free.mifare_desfire_aid_new(number))


def only_card() -> c_void_p:
    context = c_void_p()
    nfc.nfc_init(byref(context))
    tags = free.freefare_get_tags(c_void_p(nfc.nfc_open(context, None)))
    if not tags or not tags[0]:
        sys.exit("no card found")
    return c_void_p(tags[0])


VERSION = int(sys.argv[4])
KEYS = [c_void_p(free.mifare_desfire_aes_key_new_with_version(bytes.fromhex(key), VERSION)) for key in sys.argv[1:4]]
IDENTIFY, MASTER, PICC = KEYS
TAG = only_card()

ok("connect")
ok("select_application", aid(0x505754))
ok("authenticate_aes", 1, IDENTIFY)
content = ctypes.create_string_buffer(96)
size = ok("read_data", 1, c_int(0), ctypes.c_size_t(32), content)
version = ctypes.c_uint8()
for number in (0, 1):
    ok("get_key_version", number, byref(version))
    if version.value != VERSION:
        sys.exit(f"key {number} has version {version.value}")
if free.mifare_desfire_write_data(TAG, 1, c_int(0), ctypes.c_size_t(32), bytes(32)) >= 0:
    sys.exit("a store's key could write the identity")
ok("authenticate_aes", 0, MASTER)
ok("select_application", aid(0))
ok("authenticate_aes", 0, PICC)
ok("disconnect")
print(content.raw[:size].hex())
