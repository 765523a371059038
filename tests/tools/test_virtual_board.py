"""The virtual board, judged by the real mpremote: files, code, resets, ROMFS, cuts of power."""

import hashlib
import signal
import subprocess
import sys
import time

import pytest

from tools.virtual_board import ROOT, VirtualBoard

MPREMOTE = ROOT / ".venv" / "bin" / "mpremote"


@pytest.fixture
def board(tmp_path):
    one = VirtualBoard(tmp_path / "board").start()
    yield one
    one.stop()


def mpremote(board, *words: object) -> str:
    """What it prints. Raises AssertionError with that if it fails."""
    command = [str(word) for word in (MPREMOTE, "connect", board.port, *words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def program(board, tmp_path, **files: str) -> None:
    """Files name -> source on the board, then a reset."""
    for name, source in files.items():
        (tmp_path / name).write_text(source)
        mpremote(board, "cp", tmp_path / name, f":{name}.py")
    reset(board)


def reset(board) -> None:
    """Until the board is there again: what is said to one that falls is lost, as with a real one on a wire."""
    before = board.resets
    mpremote(board, "reset")
    until_s = time.monotonic() + 10
    while board.resets == before:
        assert time.monotonic() < until_s, list(board.lines)
        time.sleep(0.01)


def test_files_come_and_go(board, tmp_path):
    (tmp_path / "big").write_bytes(bytes(range(256)) * 200)
    mpremote(board, "mkdir", ":lib", "+", "cp", tmp_path / "big", ":lib/big")
    assert "lib/" in mpremote(board, "ls") and "51200 big" in mpremote(board, "ls", ":lib")
    assert hashlib.sha256((tmp_path / "big").read_bytes()).hexdigest() in mpremote(board, "sha256sum", ":lib/big")
    mpremote(board, "rm", ":lib/big", "+", "rmdir", ":lib")
    assert "lib" not in mpremote(board, "ls")


def test_no_path_leads_to_this_machine(board):
    assert mpremote(board, "exec", "import os; print(os.listdir('/'))").strip() == "[]"
    tried = "\ntry:\n  open(%r)\n  print('found')\nexcept OSError as e:\n  print('nothing')"
    for path in ("/etc/passwd", "../../etc/passwd", str(ROOT / "README.md")):
        assert mpremote(board, "exec", tried % path).strip() == "nothing"


def test_a_hard_reset_runs_boot_and_main(board, tmp_path):
    program(board, tmp_path, boot="print('boots')", main="print('runs')")
    assert board.wait_line("boots") and board.wait_line("runs")
    mpremote(board, "reset")
    assert board.wait_line("boots") and board.wait_line("runs")


def test_mpremote_interrupts_a_program_that_never_ends(board, tmp_path):
    program(board, tmp_path, main="import time\nprint('turns')\nwhile True: time.sleep(0.01)")
    board.wait_line("turns")
    assert mpremote(board, "exec", "print(6 * 7)").strip() == "42"


def test_soft_reset_from_the_prompt_runs_main_again(board, tmp_path):
    import serial

    program(board, tmp_path, main="print('runs')")
    board.wait_line("runs")
    with serial.Serial(board.port, timeout=2) as line:
        line.write(b"\r\x03\x04")
        assert b"MPY: soft reboot\r\nruns" in line.read_until(b"runs")


def test_flash_outlives_cuts_of_power(board, tmp_path):
    program(board, tmp_path, main="f = open('log', 'a')\nf.write('x')\nf.close()\nprint('wrote')")
    for _ in range(3):
        board.wait_line("wrote")
        board.cut()
        board.start()
    board.wait_line("wrote")
    assert mpremote(board, "cat", ":log") == "xxxx"


def test_a_torn_write_leaves_what_was_there(board, tmp_path):
    program(board, tmp_path, main="n = 0\nwhile True:\n f = open('n', 'w')\n f.write('%08d' % n)\n f.close()\n n += 1")
    for tear in (1, 2, 3, 5, 8, 13):
        board.cut()
        board.tear = tear
        board.start()
        assert board.wait_off(), tear
    board.tear = 0
    board.start()
    time.sleep(0.2)
    assert mpremote(board, "cat", ":n").isdigit() and "flash=formatted" not in list(board.lines)[3:]


def test_code_runs_in_place_from_romfs(board, tmp_path):
    (tmp_path / "rom").mkdir()
    (tmp_path / "rom" / "tune.py").write_text("def sings(): return 'la'")
    for number in (0, 1):
        said = mpremote(board, "romfs", "--partition", number, "deploy", tmp_path / "rom")
        assert "ROMFS image deployed" in said
    reset(board)
    assert mpremote(board, "exec", "import tune; print(tune.sings(), tune.__file__)").strip() == "la /rom/tune.mpy"
    assert mpremote(board, "romfs", "query").count("ROMFS image size") == 2


def test_a_stock_board_has_no_romfs(tmp_path):
    board = VirtualBoard(tmp_path / "stock", rom=False).start()
    try:
        assert "ROMFS is not enabled" in mpremote(board, "romfs", "query")
    finally:
        board.stop()


def test_a_watchdog_bites_whatever_runs(board, tmp_path):
    program(board, tmp_path, main="import machine\nmachine.WDT(timeout=3000)\nprint('armed')\nwhile True: pass")
    board.wait_line("armed")
    board.wait_line("reset by the watchdog")
    board.wait_line("armed")
    mpremote(board, "exec", "import os; os.remove('/main.py')")
    board.wait_line("reset by the watchdog")  # at the prompt too


def test_its_heap_is_a_boards(board):
    free = int(mpremote(board, "exec", "import gc; gc.collect(); print(gc.mem_free())"))
    assert 124_000 < free < 131_072, "what the shims take is more or less than SHIMS_HEAP_BYTES"


def test_command_says_its_port_and_ends_cleanly(tmp_path):
    command = [sys.executable, "-m", "tools.virtual_board"]
    assert "--dir" in subprocess.run([*command, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=20).stdout
    process = subprocess.Popen([*command, "--dir", tmp_path / "d"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    port = process.stdout.readline().strip()
    assert port.startswith("/dev/pts/")
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
