"""The picture of the README holds in the source: who imports whom, who alone knows what, how long things are."""

import ast
import functools
import re
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("protocol", "firmware", "gateway", "hq_server", "hardware", "tools", "tests")
SOURCES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
PRODUCT = [path for path in SOURCES if path.relative_to(ROOT).parts[0] != "tests"]
# A migration is a list of tables, written once by a generator.
SIZED = [path for path in SOURCES if "/migrations/versions/" not in str(path)]
LINES_MAX = 600
FUNCTION_LINES_MAX = 80
FUNCTION_LINES_MEDIAN_MAX = 14
# Statements, in the capitals in which all our SQL is written.
SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+TABLE)\b", re.DOTALL
)
QUESTIONS = ("execute", "executemany", "executescript")
# The store of a gateway; at head office a store.py per noun, many rows at once, the tables' frame and the migrations.
SQL_HOMES = re.compile(r"gateway/store/|hq_server/(\w+/store\.py|db\.py|bulk\.py|migrations/)")
# A report is a question by nature; of the tools: a server for tests, bare statements, a second engine, a witness.
BARE = ("tools/bench_ingest.py", "tools/bench_floats.py", "tools/bench_reports.py", "tools/clickhouse.py")
DATABASE_TOOLS = r"|tools/(postgres|bench_ingest|bench_floats|bench_reports|simulation/deep)\.py"
DATABASE_HOMES = re.compile(SQL_HOMES.pattern + r"|hq_server/reports/" + DATABASE_TOOLS)
# What a board's pins and radio are, and nothing else may know.
BOARD_MODULES = {"machine", "network", "esp", "esp32", "rp2", "neopixel", "bluetooth"}
# Not in MicroPython; a device module that imports one of them without a way round would not start.
NOT_ON_BOARDS = {
    "typing", "dataclasses", "enum", "abc", "functools", "datetime", "logging", "decimal", "contextlib", "threading",
    "pathlib", "subprocess", "itertools", "copy", "uuid", "secrets", "__future__",
}  # fmt: skip


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_imports_keep_their_direction():
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache", "--no-logo"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_only_hal_knows_the_board():
    firmware = [path for path in SOURCES if name_of(path).startswith("firmware/") and not path.name.startswith("hal")]
    assert [name_of(path) for path in firmware if imported(path) & BOARD_MODULES] == []


def test_device_code_imports_nothing_that_boards_lack():
    device = [path for path in SOURCES if re.match(r"firmware/|protocol/(?!ledger|quick)", name_of(path))]
    assert device
    assert {name_of(path): imported(path) & NOT_ON_BOARDS for path in device if imported(path) & NOT_ON_BOARDS} == {}


def imported(path: Path) -> set[str]:
    """Top-level names of what a file imports, wherever in the file."""
    nodes = list(ast.walk(tree_of(path)))
    plain = {alias.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {(node.module or "").split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}


def test_only_storage_modules_hold_sql():
    elsewhere = [path for path in PRODUCT if not SQL_HOMES.match(name_of(path)) and name_of(path) not in BARE]
    assert [name_of(path) for path in elsewhere if any(SQL.search(text) for text in texts_in(path))] == []


def texts_in(path: Path) -> list[str]:
    nodes = ast.walk(tree_of(path))
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def test_only_storage_modules_put_questions_to_a_database():
    elsewhere = [path for path in PRODUCT if not DATABASE_HOMES.match(name_of(path))]
    assert {name_of(path): lines for path in elsewhere if (lines := statements_run(path))} == {}


def statements_run(path: Path) -> list[int]:
    """Lines that call connection.execute() and its like; whoever owns a transaction may begin and end it."""
    calls = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]
    asked = [call for call in calls if getattr(call.func, "attr", "") in QUESTIONS]
    return [call.lineno for call in asked if not _begins_or_ends(call)]


def _begins_or_ends(call: ast.Call) -> bool:
    said = getattr(call.args[0], "value", "") if call.args else ""
    return isinstance(said, str) and said.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "ROLLBACK", "RELEASE"))


def test_only_adapters_know_mqtt_and_http_clients():
    gateway = [path for path in PRODUCT if re.match(r"gateway/(?!adapters/)", name_of(path))]
    assert [name_of(path) for path in gateway if imported(path) & {"paho", "httpx", "urllib3", "requests"}] == []


def test_no_file_holds_too_much():
    long = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SIZED}
    assert {name: lines for name, lines in long.items() if lines > LINES_MAX} == {}


def test_functions_are_short():
    lengths = {
        "%s:%d %s" % (name_of(path), node.lineno, node.name): (node.end_lineno or 0) - node.lineno + 1
        for path in set(PRODUCT) & set(SIZED)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES_MAX} == {}
    assert statistics.median(lengths.values()) <= FUNCTION_LINES_MEDIAN_MAX


def test_nothing_catches_everything():
    found = {name_of(path): lines for path in PRODUCT if (lines := bare_excepts(path))}
    assert found == {}


def bare_excepts(path: Path) -> list[int]:
    """Lines of `except:` and of an `except Exception` that does nothing."""
    handlers = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.ExceptHandler)]
    silent = [node for node in handlers if getattr(node.type, "id", "") in ("Exception", "BaseException")]
    return [node.lineno for node in handlers if node.type is None] + [
        node.lineno for node in silent if len(node.body) == 1 and isinstance(node.body[0], ast.Pass)
    ]


def test_nothing_is_left_for_later_and_no_test_is_switched_off():
    # Put together here, so that this file does not name itself.
    marks = ("TO" + "DO", "FIX" + "ME", r"mark\." + "skip", r"mark\." + "xfail", r"pytest\." + "skip")
    words = re.compile("|".join(marks))
    assert [name_of(path) for path in SOURCES if words.search(path.read_text(encoding="utf-8"))] == []


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))
