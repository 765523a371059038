"""Set-up asks for what a goal needs, says what it may not do itself, and leaves alone what is there."""

import pytest

from tools import setup

TEST_PACKAGES = ["mosquitto", "mosquitto-clients", "libnfc-bin", "libfreefare-bin"]
TEST_PACKAGES += ["systemd", "swtpm", "libtss2-esys-3.0.2-0", "libtss2-rc0", "libtss2-tcti-swtpm0"]
TEST_PACKAGES += ["spin", "gcc", "libc6-dev", "chromium", "chromium-driver"]


@pytest.mark.parametrize(
    "goal, packages",
    [
        ("demo", ["mosquitto"]),
        ("test", TEST_PACKAGES),
        ("fonts", ["unifont"]),
    ],
)
def test_a_goal_wants_its_own_packages(goal, packages, monkeypatch):
    monkeypatch.setattr(setup, "_is_there", lambda program: False)
    assert setup.missing_packages(goal) == packages


def test_whoever_may_not_install_is_told_the_command(monkeypatch, capsys):
    monkeypatch.setattr(setup, "_root_prefix", lambda: None)
    assert setup.install_debian(["mosquitto", "chromium"]) is False
    said = capsys.readouterr().err
    assert "apt-get update && apt-get install -y --no-install-recommends mosquitto chromium" in said


def test_nothing_is_installed_a_second_time(tmp_path, monkeypatch):
    stamp = tmp_path / "stamp"
    stamp.write_text(setup.fingerprint())
    monkeypatch.setattr(setup, "STAMP", stamp)
    monkeypatch.setattr(setup, "missing_packages", lambda goal: [])
    monkeypatch.setattr(setup, "install_python", lambda: pytest.fail("installed again"))
    monkeypatch.setattr("sys.argv", ["setup.py", "demo"])
    assert setup.main() == 0


def test_another_lock_file_is_another_environment(tmp_path, monkeypatch):
    before = setup.fingerprint()
    lock = tmp_path / "requirements.lock"
    lock.write_text(setup.LOCK.read_text() + "six==1.17.0\n")
    monkeypatch.setattr(setup, "LOCK", lock)
    assert setup.fingerprint() != before


def test_the_lock_names_exact_versions_and_no_place_to_get_them():
    lines = [line for line in setup.LOCK.read_text().splitlines() if not line.startswith("#")]
    assert len(lines) > 50
    assert [line for line in lines if line.count("==") != 1 or "/" in line or "@" in line] == []


def test_an_unknown_goal_is_refused(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["setup.py", "moon"])
    assert setup.main() == 1
    assert "no goal moon; there are demo, test" in capsys.readouterr().err
