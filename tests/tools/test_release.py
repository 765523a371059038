"""`tapwell release`: keys, signed folders, and what is not overwritten."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from typer.testing import CliRunner

from protocol import release as format_
from protocol.release import Unfit
from tools import build_firmware, release


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    release.new_key(folder)
    return folder


def call(*words: object):
    return CliRunner().invoke(release.app, [str(word) for word in words])


def test_a_release_is_made_shown_and_checked(keys, tmp_path):
    words = ("make", "--app", "reader", "--number", 12, "--least", 10, "--key", keys / "release.pem", "--to", tmp_path)
    done = call(*words)
    assert done.exit_code == 0, done.output
    shown = call("show", tmp_path / "reader-rom-12", "--key", keys / "release.key")
    assert "number 12, rom" in shown.output and "pico2w" in shown.output and "host" in shown.output
    again = call(*words)
    assert again.exit_code == 1 and "release 12 is there already" in again.output


@pytest.mark.parametrize("kind, files", [("rom", 1), ("files", 20)])
def test_each_kind_names_its_files(keys, tmp_path, kind, files):
    key = release.private_key(keys / "release.pem")
    folder = release.make(tmp_path, "reader", kind, 3, key)
    made = release.check(folder, (keys / "release.key").read_bytes())
    assert len(made.files) >= files and made.version == release.version() and made.kind == kind
    assert (folder / release.MANIFEST).stat().st_size <= format_.MANIFEST_MAX
    assert len(made.files) <= format_.FILES_MAX


def test_a_changed_byte_is_seen(keys, tmp_path):
    image = build_firmware.build("reader", build_firmware.IMAGES / "reader")
    folder = release.make(tmp_path, "reader", "rom", 3, release.private_key(keys / "release.pem"), 0, image)
    raw = bytearray((folder / release.ROM_FILE).read_bytes())
    raw[1000] ^= 1
    (folder / release.ROM_FILE).write_bytes(raw)
    with pytest.raises(Unfit, match="hash"):
        release.check(folder, (keys / "release.key").read_bytes())
    assert call("show", folder, "--key", keys / "release.key").exit_code == 1


def test_a_key_is_never_overwritten_and_may_have_a_password(keys, tmp_path):
    assert call("key", "--dir", keys).exit_code == 1
    release.new_key(tmp_path, b"open sesame")
    assert isinstance(release.private_key(tmp_path / "release.pem", b"open sesame"), rsa.RSAPrivateKey)
    with pytest.raises((ValueError, TypeError)):
        release.private_key(tmp_path / "release.pem")
    assert (tmp_path / "release.pem").stat().st_mode & 0o777 == 0o600
    assert len((tmp_path / "release.key").read_bytes()) == format_.MODULUS_BYTES


def test_the_image_of_each_app_fits_a_partition(keys, tmp_path):
    for app in build_firmware.APPS:
        image = build_firmware.build(app, build_firmware.IMAGES / app)
        assert len(release.romfs_of(image)) < 320 * 1024
