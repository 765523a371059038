"""libfreefare's own hardware tests: its authors wrote them for a real card on a real reader; here they meet ours.

The source comes from Debian (`apt-get source`) into build/peers; its SHA-256 is pinned. Nothing of it is kept in this
repository: it is under the LGPL. Our share is a stand-in for the test framework it was written for (shim/cutter.h).
"""

import hashlib
import subprocess
import tarfile
from pathlib import Path
from typing import NamedTuple

BUILD = Path(__file__).resolve().parents[2] / "build" / "peers"
SHIM = Path(__file__).with_name("shim")
TARBALL = "libfreefare_0.4.0.orig.tar.gz"
SHA256 = "c2880d147660317b85aae41d67bb17b218c3aba1d43d727e51181b65296c6a8e"
SOURCE = BUILD / "libfreefare-0.4.0"
DEBIAN = "deb-src http://deb.debian.org/debian bookworm main\n"
LIBRARIES = ["-l:libfreefare.so.0", "-l:libnfc.so.6"]
MAIN = """#include <cutter.h>
int checks_done;
void cut_setup (void); void cut_teardown (void); void TEST (void);
int main (void) { cut_setup (); TEST (); cut_teardown (); printf ("%d checks\\n", checks_done); return 0; }
"""


class HardwareTest(NamedTuple):
    """One of libfreefare's tests that need a card."""

    name: str
    file: str
    fixture: str


TESTS = [
    HardwareTest("test_mifare_desfire" + name, "test_mifare_desfire" + file, fixture)
    for name, file, fixture in (
        ("", "", "mifare_desfire_fixture"),
        ("_get_tag_friendly_name", "", "mifare_desfire_fixture"),
        ("_get_many_application_ids", "", "mifare_desfire_fixture"),
        ("_des_macing", "", "mifare_desfire_fixture"),
        ("_free_read", "", "mifare_desfire_fixture"),
        ("_ev1_aes2", "_ev1", "mifare_desfire_ev1_fixture"),
        ("_ev1_3des", "_ev1_3des", "mifare_desfire_ev1_fixture"),
        ("_ev1_3k3des", "_ev1_3k3des", "mifare_desfire_ev1_fixture"),
        ("_ev1_aes", "_ev1_aes", "mifare_desfire_ev1_fixture"),
        ("_ev1_aes_write_data_encyphered", "_ev1_aes", "mifare_desfire_ev1_fixture"),
        ("_ev1_aes_create_value_file_encyphered", "_ev1_aes", "mifare_desfire_ev1_fixture"),
        ("_ev1_iso", "_ev1_iso", "mifare_desfire_ev1_fixture"),
    )
]


class CannotBuild(Exception):
    """The tests could not be fetched or built; the text says what to install or that the network is needed."""


def fetch() -> None:
    """The source, once."""
    if not (BUILD / TARBALL).exists():
        _download()
    found = hashlib.sha256((BUILD / TARBALL).read_bytes()).hexdigest()
    if found != SHA256:
        raise CannotBuild(f"{BUILD / TARBALL} has SHA-256 {found}, not {SHA256}: delete it and run again")
    if not SOURCE.exists():
        with tarfile.open(BUILD / TARBALL) as tar:
            tar.extractall(BUILD, filter="data")


def _download() -> None:
    """Through apt with lists of its own: the machine's list of sources stays as it is."""
    lists = BUILD / "apt"
    (lists / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (lists / "sources.list").write_text(DEBIAN)
    options = [
        f"Dir::Etc::sourcelist={lists / 'sources.list'}", "Dir::Etc::sourceparts=/dev/null",
        f"Dir::State::lists={lists / 'lists'}", "APT::Sandbox::User=root",
    ]  # fmt: skip
    apt = ["apt-get", "-q", *(word for option in options for word in ("-o", option))]
    _call([*apt, "update"])
    _call([*apt, "source", "--download-only", "--tar-only", "libfreefare=0.4.0-2.1"])


def build(test: HardwareTest) -> Path:
    """The program of one test, linked with Debian's library."""
    main, program = BUILD / "main.c", BUILD / test.name
    main.write_text(MAIN)
    tests = SOURCE / "test"
    sources = [main, tests / f"{test.file}.c", tests / f"{test.fixture}.c"]
    sources.append(tests / "common" / "mifare_desfire_auto_authenticate.c")
    include = [f"-I{SHIM}", f"-I{tests}", f"-I{SOURCE / 'libfreefare'}"]
    _call(["gcc", "-w", "-O1", *include, f"-DTEST={test.name}", *map(str, sources), *LIBRARIES, "-o", str(program)])
    return program


def _call(command: list[str]) -> None:
    try:
        done = subprocess.run(command, cwd=BUILD, capture_output=True, text=True)
    except FileNotFoundError:
        raise CannotBuild(f"{command[0]} is not installed") from None
    if done.returncode:
        raise CannotBuild(" ".join(command[:1]) + ": " + done.stderr.strip()[-600:])
