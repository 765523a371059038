"""Configuration of head office, read once from DIR/hq.toml into one frozen object.

What the chain is (name, currency, keys) lives in the database; here is only how this machine serves it.
"""

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

FILE = "hq.toml"
PASSPHRASE_VARIABLE = "TAPWELL_HQ_PASSPHRASE"

TEMPLATE = """\
# Tapwell head office. Read at start; see hq_server/README.md.
{database}
[gateways]             # stores dial in here: TLS, certificates of the chain's own authority
host = "{gateway_host}"
port = {gateway_port}
names = [{names}]      # names and addresses under which stores reach this machine

[pages]                # people and programs; plain HTTP, so it stays on this machine unless told otherwise
host = "{pages_host}"
port = {pages_port}
secure_cookies = false # true behind a proxy that speaks HTTPS

[keys]
secret = "file"        # "file": DIR/secret; "passphrase": asked from {variable}
"""


@dataclass(frozen=True)
class Config:
    """How this machine serves the chain. Paths are absolute; ports are TCP, 0 means any free one."""

    dir: Path
    database_url: str
    gateway_host: str = "127.0.0.1"
    gateway_port: int = 8443
    names: tuple[str, ...] = ("localhost", "127.0.0.1")
    pages_host: str = "127.0.0.1"
    pages_port: int = 8080
    secure_cookies: bool = False
    secret: str = "file"
    passphrase: str = field(default="", repr=False)


def read_config(directory: str | Path) -> Config:
    """The configuration in that directory. Raises FileNotFoundError where head office was never set up."""
    base = Path(directory).resolve()
    told = tomllib.loads((base / FILE).read_text())
    gateways, pages = told.get("gateways", {}), told.get("pages", {})
    return Config(
        dir=base,
        database_url=told.get("database", "sqlite:///%s" % (base / "hq.db")),
        gateway_host=gateways.get("host", Config.gateway_host),
        gateway_port=gateways.get("port", Config.gateway_port),
        names=tuple(gateways.get("names", Config.names)),
        pages_host=pages.get("host", Config.pages_host),
        pages_port=pages.get("port", Config.pages_port),
        secure_cookies=pages.get("secure_cookies", False),
        secret=told.get("keys", {}).get("secret", "file"),
        passphrase=os.environ.get(PASSPHRASE_VARIABLE, ""),
    )


def write_config(
    directory: str | Path,
    gateway_port: int = Config.gateway_port,
    pages_port: int = Config.pages_port,
    gateway_host: str = Config.gateway_host,
    pages_host: str = Config.pages_host,
    names: tuple[str, ...] = Config.names,
    database_url: str = "",
) -> Config:
    """Writes DIR/hq.toml and reads it back. Raises FileExistsError where one is already."""
    base = Path(directory).resolve()
    base.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = TEMPLATE.format(
        database='database = "%s"\n' % database_url if database_url else "",
        gateway_host=gateway_host,
        gateway_port=gateway_port,
        names=", ".join('"%s"' % name for name in names),
        pages_host=pages_host,
        pages_port=pages_port,
        variable=PASSPHRASE_VARIABLE,
    )
    with open(base / FILE, "x") as file:
        file.write(text)
    return read_config(base)
