"""Plays a host on Debian's libfreefare (through ctypes) against whatever LIBNFC_DEFAULT_DEVICE names.

Run as its own process: the library reads that variable when it is loaded. Prints one line per step, exits 1 at the
first thing the library does not accept.
"""

import ctypes
import sys
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_uint8, c_uint16, c_uint32, c_void_p

nfc = ctypes.CDLL("libnfc.so.6")
free = ctypes.CDLL("libfreefare.so.0")

for library, name, result, arguments in [
    (nfc, "nfc_init", None, [POINTER(c_void_p)]),
    (nfc, "nfc_open", c_void_p, [c_void_p, c_char_p]),
    (nfc, "nfc_close", None, [c_void_p]),
    (free, "freefare_get_tags", POINTER(c_void_p), [c_void_p]),
    (free, "mifare_desfire_connect", c_int, [c_void_p]),
    (free, "mifare_desfire_disconnect", c_int, [c_void_p]),
    (free, "mifare_desfire_last_picc_error", c_uint8, [c_void_p]),
    (free, "mifare_desfire_des_key_new", c_void_p, [c_char_p]),
    (free, "mifare_desfire_3des_key_new", c_void_p, [c_char_p]),
    (free, "mifare_desfire_3k3des_key_new", c_void_p, [c_char_p]),
    (free, "mifare_desfire_aes_key_new_with_version", c_void_p, [c_char_p, c_uint8]),
    (free, "mifare_desfire_aid_new", c_void_p, [c_uint32]),
    (free, "mifare_desfire_authenticate", c_int, [c_void_p, c_uint8, c_void_p]),
    (free, "mifare_desfire_authenticate_iso", c_int, [c_void_p, c_uint8, c_void_p]),
    (free, "mifare_desfire_authenticate_aes", c_int, [c_void_p, c_uint8, c_void_p]),
    (free, "mifare_desfire_create_application", c_int, [c_void_p, c_void_p, c_uint8, c_uint8]),
    (free, "mifare_desfire_create_application_aes", c_int, [c_void_p, c_void_p, c_uint8, c_uint8]),
    (free, "mifare_desfire_delete_application", c_int, [c_void_p, c_void_p]),
    (free, "mifare_desfire_select_application", c_int, [c_void_p, c_void_p]),
    (free, "mifare_desfire_change_key", c_int, [c_void_p, c_uint8, c_void_p, c_void_p]),
    (free, "mifare_desfire_change_key_settings", c_int, [c_void_p, c_uint8]),
    (free, "mifare_desfire_get_key_settings", c_int, [c_void_p, POINTER(c_uint8), POINTER(c_uint8)]),
    (free, "mifare_desfire_get_key_version", c_int, [c_void_p, c_uint8, POINTER(c_uint8)]),
    (free, "mifare_desfire_create_std_data_file", c_int, [c_void_p, c_uint8, c_uint8, c_uint16, c_uint32]),
    (free, "mifare_desfire_delete_file", c_int, [c_void_p, c_uint8]),
    (free, "mifare_desfire_get_file_ids", c_int, [c_void_p, POINTER(c_void_p), POINTER(c_size_t)]),
    (free, "mifare_desfire_read_data", ctypes.c_ssize_t, [c_void_p, c_uint8, c_int, c_size_t, c_char_p]),
    (free, "mifare_desfire_write_data", ctypes.c_ssize_t, [c_void_p, c_uint8, c_int, c_size_t, c_char_p]),
    (free, "mifare_desfire_get_card_uid", c_int, [c_void_p, POINTER(c_void_p)]),
    (free, "mifare_desfire_free_mem", c_int, [c_void_p, POINTER(c_uint32)]),
    (free, "mifare_desfire_format_picc", c_int, [c_void_p]),
]:
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments

AID = free.mifare_desfire_aid_new(0x505754)
BLANK_DES = free.mifare_desfire_des_key_new(bytes(8))
BLANK_AES = free.mifare_desfire_aes_key_new_with_version(bytes(16), 0)
KEY_0 = free.mifare_desfire_aes_key_new_with_version(bytes(range(16)), 0x11)
KEY_1 = free.mifare_desfire_aes_key_new_with_version(bytes(range(16, 32)), 0x22)
PICC_KEY = free.mifare_desfire_aes_key_new_with_version(b"\xa5" * 16, 0x33)
PICC_3K = free.mifare_desfire_3k3des_key_new(bytes(range(101, 125)))
PICC_2K = free.mifare_desfire_3des_key_new(bytes(range(1, 17)))


def card():
    context = c_void_p()
    nfc.nfc_init(byref(context))
    device = nfc.nfc_open(context, None)
    if not device:
        sys.exit("no reader opened")
    tags = free.freefare_get_tags(device)
    if not tags or not tags[0]:
        sys.exit("no card found")
    return device, tags[0]


DEVICE, TAG = card()


def ok(name, *arguments):
    result = getattr(free, "mifare_desfire_" + name)(TAG, *arguments)
    if result < 0:
        sys.exit(f"{name}: refused with {free.mifare_desfire_last_picc_error(TAG):02X}")
    print("ok", name)
    return result


def refused(status, name, *arguments):
    result = getattr(free, "mifare_desfire_" + name)(TAG, *arguments)
    got = free.mifare_desfire_last_picc_error(TAG)
    if result >= 0 or got != status:
        sys.exit(f"{name}: wanted refusal {status:02X}, got result {result}, status {got:02X}")
    print("ok", name, f"refused with {status:02X}")


def expect(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: {got!r}, wanted {wanted!r}")
    print("ok", what)


def uid():
    text = c_void_p()
    ok("get_card_uid", byref(text))
    return ctypes.cast(text, c_char_p).value


def key_version(number):
    version = c_uint8()
    ok("get_key_version", number, byref(version))
    return version.value


def key_settings():
    settings, count = c_uint8(), c_uint8()
    ok("get_key_settings", byref(settings), byref(count))
    return settings.value, count.value


def file_ids():
    found, count = c_void_p(), c_size_t()
    ok("get_file_ids", byref(found), byref(count))
    return ctypes.string_at(found, count.value)


def personalise():
    ok("connect")
    ok("authenticate", 0, BLANK_DES)
    expect("uid in a legacy session", uid(), sys.argv[1].encode())
    ok("create_application_aes", AID, 0x0F, 3)
    refused(0xDE, "create_application_aes", AID, 0x0F, 3)
    ok("select_application", AID)
    refused(0xAE, "authenticate_aes", 0, KEY_1)
    ok("authenticate_aes", 0, BLANK_AES)
    ok("change_key", 1, KEY_1, BLANK_AES)
    ok("change_key", 0, KEY_0, BLANK_AES)
    ok("authenticate_aes", 0, KEY_0)
    expect("key versions", [key_version(n) for n in range(3)], [0x11, 0x22, 0x00])
    expect("uid in an AES session", uid(), sys.argv[1].encode())
    ok("change_key_settings", 0x09)
    expect("key settings", key_settings(), (0x09, 3))


def files():
    for number, mode in ((1, 1), (2, 0), (3, 3)):
        ok("create_std_data_file", number, mode, 0x1000, 300)
    expect("file ids", file_ids(), b"\x01\x02\x03")
    for number in (1, 2, 3):
        for offset, size in ((0, 32), (5, 1), (0, 300), (7, 52), (0, 59), (100, 61), (3, 128)):
            content = bytes((number * 7 + offset + i * 13) & 0xFF for i in range(size))
            expect(f"bytes written to file {number}", ok("write_data", number, offset, size, content), size)
            back = ctypes.create_string_buffer(size + 64)
            expect(f"bytes read from file {number}", ok("read_data", number, offset, size, back), size)
            expect(f"content of file {number}", back.raw[:size], content)
    refused(0xBE, "write_data", 2, 290, 20, bytes(20))
    ok("authenticate_aes", 1, KEY_1)
    back = ctypes.create_string_buffer(96)
    expect("key 1 reads file 1", ok("read_data", 1, 0, 32, back), 32)
    refused(0xAE, "write_data", 1, 0, 32, bytes(32))


def master_keys():
    ok("select_application", free.mifare_desfire_aid_new(0))
    ok("authenticate", 0, BLANK_DES)
    ok("change_key", 0, PICC_2K, None)
    ok("authenticate", 0, PICC_2K)
    ok("authenticate_iso", 0, PICC_2K)
    expect("uid in an ISO session", uid(), sys.argv[1].encode())
    ok("change_key", 0, PICC_3K, None)
    ok("authenticate_iso", 0, PICC_3K)
    expect("uid in a 3K3DES session", uid(), sys.argv[1].encode())
    ok("change_key", 0, PICC_KEY, None)
    ok("authenticate_aes", 0, PICC_KEY)
    expect("card master key version", key_version(0), 0x33)
    before, after = c_uint32(), c_uint32()
    ok("free_mem", byref(before))
    ok("delete_application", AID)
    ok("free_mem", byref(after))
    expect("memory comes back", after.value > before.value, True)
    ok("format_picc")
    ok("authenticate_aes", 0, PICC_KEY)
    ok("change_key", 0, BLANK_DES, None)
    ok("authenticate", 0, BLANK_DES)
    ok("disconnect")


personalise()
files()
master_keys()
nfc.nfc_close(DEVICE)
