"""Images: what an app needs, nothing of the other app, no source, no sentence for people."""

import ast
import builtins
import functools
import os
import subprocess

import pytest

from protocol.messages import MESSAGES
from tools import build_firmware, lean, link
from tools.lean import Image
from tools.upy_test import MICROPYTHON


@functools.cache
def linked(app: str) -> tuple[link.Linker, dict[str, str]]:
    """The linker, and file -> source as it is compiled; once for all tests here."""
    sources = [source for name in build_firmware.modules_of(app) if (source := build_firmware.source_of(name))]
    return build_firmware.linked(app, sorted(sources))[:2]


def texts_of(app: str) -> dict[str, str]:
    return linked(app)[1]


@pytest.fixture(scope="module")
def images():
    """Those that all tests and the demo use: built when a source has changed, by whoever comes first."""
    return {app: build_firmware.build(app, build_firmware.IMAGES / app) for app in build_firmware.APPS}


@pytest.mark.parametrize("app", build_firmware.APPS)
def test_every_module_is_compiled_and_only_the_start_is_source(images, app):
    files = {path for path, _ in build_firmware.sizes(images[app])}
    assert "tapwell.mpy" in files
    assert ("firmware/flows/paying.mpy" in files) == (app == "pos")
    assert {path for path in files if path.endswith(".py")} <= set(build_firmware.START_FILES)


@pytest.mark.parametrize("app", build_firmware.APPS)
def test_an_image_holds_nothing_of_the_servers(images, app):
    files = [path for path, _ in build_firmware.sizes(images[app])]
    assert [path for path in files if "ledger" in path or path.startswith(("gateway", "hq_server", "hardware"))] == []


@pytest.mark.parametrize("app", build_firmware.APPS)
def test_an_image_holds_glyphs_texts_and_their_licence(images, app):
    files = {path for path, _ in build_firmware.sizes(images[app])}
    assert {"firmware/text/font16.bin", "firmware/text/zh.txt", "firmware/text/en.txt"} <= files
    assert "firmware/text/font16.LICENSE" in files


def test_the_reader_carries_no_basket(images):
    files = {path for path, _ in build_firmware.sizes(images["reader"])}
    assert not {"firmware/flows/selling.mpy", "firmware/flows/tender.mpy"} & files
    assert b"parse_quantity" not in (images["reader"] / "tapwell.mpy").read_bytes()


def test_a_second_build_leaves_the_image_alone(images):
    file = images["pos"] / "tapwell.mpy"
    before = os.stat(file).st_mtime_ns
    build_firmware.build("pos", images["pos"])
    assert os.stat(file).st_mtime_ns == before


def test_the_compiled_protocol_seals_in_micropython_as_the_source_does(images):
    program = (
        "from %s import %s as seal\n"
        "values = {'nonce': '0011223344556677'}\n"
        "print(seal('tapwell/0001-pos1/up/time_ask', 'time_ask', values, 1, bytes(32)))\n"
    )
    outputs = []
    shims = build_firmware.ROOT / "hardware" / "emulators" / "upy"
    linked_name = linked("pos")[0].name("protocol.codec", "seal")
    for path, *named in ((images["pos"], "tapwell", linked_name), (build_firmware.ROOT, "protocol.codec", "seal")):
        # The working folder comes first on the path, so the source must not be in it.
        environment = dict(os.environ, MICROPYPATH="%s:.frozen" % shims)
        command = [MICROPYTHON, "-c", program % tuple(named)]
        done = subprocess.run(command, cwd=path, env=environment, capture_output=True, text=True, timeout=20)
        outputs.append(done.stdout)
    assert outputs[0].startswith("b'{") and outputs[0] == outputs[1]


def test_messages_are_a_file_in_flash_without_sentences():
    source = (build_firmware.ROOT / "protocol" / "messages.py").read_text(encoding="utf-8")
    lines = lean.messages_file(source).splitlines()
    assert [line.split(" ")[0] for line in lines] == sorted(MESSAGES)
    assert not any("|" in line for line in lines)
    assert "time_ask terminal time_tell nonce hex 16" in lines
    values = [
        node.value
        for node in ast.walk(ast.parse(Image({"protocol/messages.py": source}).lean("protocol/messages.py")))
        if isinstance(node, ast.Constant)
    ]
    assert [value for value in values if isinstance(value, str) and " | " in value and "\n" not in value] == []


def test_reasons_stay_with_the_servers():
    source = (build_firmware.ROOT / "protocol" / "errors.py").read_text(encoding="utf-8")
    text = Image({"protocol/errors.py": source}).lean("protocol/errors.py")
    names: dict = {}
    exec(text, names)
    assert "REASONS" not in names and issubclass(names["Theirs"], Exception)
    assert text.count("\n") == source.count("\n")


@pytest.mark.parametrize("app", build_firmware.APPS)
def test_no_device_code_looks_a_reason_up(app):
    sources = [build_firmware.source_of(module) for module in build_firmware.modules_of(app)]
    users = [path.name for path in sources if path and "REASONS" in path.read_text(encoding="utf-8")]
    assert users == ["errors.py"]


@pytest.mark.parametrize(
    "module, app, left_out",
    [
        ("firmware.flows.pos", "reader", True),
        ("firmware.flows.pos_extra", "reader", True),
        ("firmware.flows.pos", "pos", False),
        ("firmware.drivers.position", "reader", False),
    ],
)
def test_what_bears_another_apps_name(module, app, left_out):
    assert build_firmware.of_another_app(module, app) is left_out


def test_an_unknown_app_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no app kiosk"):
        build_firmware.build("kiosk", tmp_path / "kiosk")


@pytest.mark.parametrize("app", build_firmware.APPS)
def test_every_name_in_an_image_is_made_somewhere(app):
    """A name passed on by one module and used through it by another was once left as it stood, and nobody made it."""
    texts = texts_of(app)
    for file, text in texts.items():
        tree = ast.parse(text)
        nodes = list(ast.walk(tree))
        made = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
        made |= {name for node in nodes if isinstance(name := getattr(node, "name", None), str)}
        made |= {node.arg for node in nodes if isinstance(node, ast.arg)} | set(dir(builtins)) | {"__file__"}
        imports = [alias for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names]
        made |= {(alias.asname or alias.name).split(".")[0] for alias in imports}
        used = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        assert used - made == set(), file


@pytest.mark.parametrize("app", build_firmware.APPS)
def test_what_one_part_takes_from_another_is_called_so_there(app):
    """A part that stays apart once used another's function under a name that the linker had changed."""
    texts = texts_of(app)
    trees = {file.removesuffix(".py").replace("/", "."): ast.parse(text) for file, text in texts.items()}
    for file, tree in trees.items():
        nodes = list(ast.walk(tree))
        made: dict[str, set[str]] = {}
        for node in (node for node in nodes if isinstance(node, ast.ImportFrom)):
            for alias in node.names:
                part = trees.get("%s.%s" % (node.module, alias.name))
                for one in part.body if part else ():
                    made.setdefault(alias.asname or alias.name, set()).update(made_by(one))
        used = [node for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)]
        assert [ast.unparse(node) for node in used if node.attr not in made.get(node.value.id, {node.attr})] == [], file


def made_by(node: ast.stmt) -> set[str]:
    """Names that a statement at the top of a module makes."""
    stored = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return stored | {name for name in [getattr(node, "name", None)] if name}


@pytest.mark.parametrize("app", ["pos", "pump"])
def test_the_names_of_an_app_fit_the_pool_that_they_have(images, app):
    """With everything loaded at once; the 621st name would take 7 KB of the heap."""
    program = "import micropython, sys, tapwell\nfor m in sys.argv[1:]:\n __import__(m)\nmicropython.qstr_info()\n"
    files = [path for path, _ in build_firmware.sizes(images[app])]
    loose = [path for path in files if path.startswith("firmware/flows") and path.endswith(".mpy")]
    environment = dict(os.environ, MICROPYPATH="%s:.frozen" % (build_firmware.ROOT / "hardware" / "emulators" / "upy"))
    modules = [path.removesuffix(".mpy").replace("/", ".") for path in loose]
    command = [MICROPYTHON, "-X", "heapsize=600k", "-c", program, *modules]
    done = subprocess.run(command, cwd=images[app], env=environment, capture_output=True, text=True, timeout=20)
    names = int(done.stdout.partition("n_qstr=")[2].partition(",")[0])
    assert 0 < names < 600, names


def test_a_constant_that_is_imported_under_another_name_becomes_its_number_too():
    both = "from protocol.a import OPEN as IS_OPEN\n\nOPEN = 4\nD = {IS_OPEN: OPEN}\n"
    assert "{8: 4}" in Image({"protocol/a.py": "OPEN = 8\n", "firmware/b.py": both}).lean("firmware/b.py")
