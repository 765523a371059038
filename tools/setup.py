"""Makes a checkout ready: Debian packages, .venv with the locked Python packages, stubs of the boards.

    python3 tools/setup.py [demo|test|peers|screenshots|fonts]

Runs under any system Python >= 3.11 and imports only the standard library. What is in place already is left alone:
a second run compares one hash and looks for a handful of files.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "tapwell-setup.txt"
LOCK = ROOT / "requirements.lock"

# goal -> the needs of the table below that it takes in.
GOALS = {
    "demo": {"demo"},
    "test": {"demo", "test"},
    "peers": {"demo", "test", "peers"},
    "screenshots": {"demo", "test", "screenshots"},
    "fonts": {"fonts"},
}
# file -> (Debian package, what needs it). Debian starts a broker of its own with `mosquitto`; Tapwell starts its
# own ones on other ports and never speaks to that one.
PROGRAMS = {
    "/usr/sbin/mosquitto": ("mosquitto", "demo"),
    "/usr/bin/mosquitto_pub": ("mosquitto-clients", "test"),
    "/usr/bin/nfc-list": ("libnfc-bin", "test"),
    "/usr/bin/mifare-desfire-info": ("libfreefare-bin", "test"),
    "/usr/include/nfc/nfc.h": ("libnfc-dev", "peers"),
    "/usr/bin/nfc-poll": ("libnfc-examples", "peers"),
    "/usr/bin/pn53x-diagnose": ("libnfc-pn53x-examples", "peers"),
    "/usr/include/freefare.h": ("libfreefare-dev", "peers"),
    "/usr/sbin/pcscd": ("pcscd", "peers"),
    "/etc/reader.conf.d/vpcd": ("vsmartcard-vpcd", "peers"),
    "/usr/include/PCSC/winscard.h": ("libpcsclite-dev", "peers"),
    "/usr/bin/swig": ("swig", "peers"),
    "/usr/bin/systemd-creds": ("systemd", "test"),
    "/usr/bin/swtpm": ("swtpm", "test"),
    # what systemd-creds loads to speak with a TPM, and with one in software
    "/usr/share/doc/libtss2-esys-3.0.2-0/copyright": ("libtss2-esys-3.0.2-0", "test"),
    "/usr/share/doc/libtss2-rc0/copyright": ("libtss2-rc0", "test"),
    "/usr/share/doc/libtss2-tcti-swtpm0/copyright": ("libtss2-tcti-swtpm0", "test"),
    "/usr/bin/spin": ("spin", "test"),
    "/usr/bin/gcc": ("gcc", "test"),
    "/usr/include/stdio.h": ("libc6-dev", "test"),
    "/usr/bin/chromium": ("chromium", "test"),
    "/usr/bin/chromedriver": ("chromium-driver", "test"),
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc": ("fonts-noto-cjk", "screenshots"),
    "/usr/share/unifont/unifont.hex": ("unifont", "fonts"),
}
# module -> what brings it, as pyproject's extra `desk` has it
DESK = {"smartcard": ("pyscard", "2.3.1"), "pynfc": ("pynfc", "0.1.1")}
# Never in the environment itself: they overwrite each other, and they hide hashlib, socket and time of CPython.
STUBS = {
    "esp32": "micropython-esp32-stubs==1.29.0.post1",
    "rp2": "micropython-rp2-stubs==1.29.0.post1",
}


def main() -> int:
    goal = sys.argv[1] if len(sys.argv) > 1 else "test"
    if goal not in GOALS:
        return _give_up("no goal %s; there are %s." % (goal, ", ".join(GOALS)))
    if sys.version_info < (3, 11):
        return _give_up("Tapwell needs Python 3.11 or newer; this is %s." % sys.version.split()[0])
    missing = missing_packages(goal)
    if missing and not install_debian(missing):
        return 1
    if not (STAMP.exists() and STAMP.read_text() == fingerprint()) and install_python():
        return 1
    return install_desk() if goal == "peers" else 0


def missing_packages(goal: str) -> list[str]:
    """Debian packages that `goal` needs and whose file is nowhere on this machine."""
    return [
        package
        for program, (package, needed_by) in PROGRAMS.items()
        if needed_by in GOALS[goal] and not _is_there(program)
    ]


def _is_there(program: str) -> bool:
    return os.path.exists(program) or shutil.which(os.path.basename(program)) is not None


def install_debian(packages: list[str]) -> bool:
    """True when they are installed. Without the right to do so it says which command somebody else has to run."""
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    become_root = _root_prefix()
    if become_root is None or not shutil.which("apt-get"):
        _give_up(
            "These Debian packages are missing: %s.\nRun this as root, then try again:\n\n    apt-get update && %s\n"
            % (", ".join(packages), " ".join(command))
        )
        return False
    print("Debian packages: %s" % " ".join(packages), flush=True)
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for step in (["apt-get", "update", "-q"], command):
        done = subprocess.run([*become_root, *step], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            print(done.stdout.decode(errors="replace")[-3000:])
            _give_up("`%s` failed; its last words are above." % " ".join(step))
            return False
    return True


def _root_prefix() -> list[str] | None:
    """What to put before a command so that root runs it; None when this user may not."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    return None


def install_python() -> int:
    """Makes .venv from the lock file and fetches the boards' stubs; the stamp is written last."""
    if not make_venv():
        return 1
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    steps = [("Python packages (about two minutes the first time)", [*pip, "-r", str(LOCK)])]
    # `compat`: the checkout itself goes on the path, so hardware/ and firmware/ are found although no wheel holds them.
    editable = ["--no-deps", "--no-build-isolation", "--config-settings", "editable_mode=compat", "-e", str(ROOT)]
    steps += [("tapwell itself", [*pip, *editable])]
    for port, stubs in STUBS.items():
        shutil.rmtree(ROOT / "typings" / port, ignore_errors=True)
        target = ["--no-compile", "--no-deps", "--target", str(ROOT / "typings" / port)]
        # The stubs of the standard library are a package of their own; both ports pin the same one.
        steps.append(("stubs of %s" % port, [*pip, *target, stubs, "micropython-stdlib-stubs==1.29.0.post2"]))
    for name, step in steps:
        print("setup: %s" % name, flush=True)
        done = subprocess.run(step, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            print(done.stdout.decode(errors="replace")[-3000:])
            return _give_up("`%s` failed; its last words are above." % " ".join(step))
    STAMP.write_text(fingerprint())
    return 0


def install_desk() -> int:
    """The issuing desk's readers: built here, so not among what every checkout needs."""
    if all(list(VENV.glob("lib/python3*/site-packages/" + package)) for package in DESK):
        return 0
    pinned = ["%s==%s" % one for one in DESK.values()]
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "-q", *pinned]
    done = subprocess.run(pip, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        print(done.stdout.decode(errors="replace")[-3000:])
        return _give_up("`%s` failed; its last words are above." % " ".join(pip))
    return 0


def make_venv() -> bool:
    if (VENV / "bin" / "python").exists():
        return True
    if _venv_command().returncode == 0:
        return True
    # Debian ships python3 without ensurepip; a half-made .venv would look whole next time.
    shutil.rmtree(VENV, ignore_errors=True)
    if not install_debian(["python3-venv"]):
        return False
    made = _venv_command()
    print(made.stdout.decode(errors="replace"), end="")
    return made.returncode == 0


def _venv_command() -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "venv", str(VENV)]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def fingerprint() -> str:
    """Changes whenever something that decides about the environment changed."""
    digest = hashlib.sha256(str(ROOT).encode())
    for path in (LOCK, ROOT / "pyproject.toml", Path(__file__).resolve()):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _give_up(message: str) -> int:
    print("setup: " + message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
