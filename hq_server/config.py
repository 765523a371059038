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

# [alarms] and [metrics]: who is told of trouble, who may read figures; hq_server/alarms/README.md
# [publish] url = "postgresql+psycopg://...": the facts for your own tools; hq_server/published/README.md
"""


@dataclass(frozen=True)
class Webhook:
    """Where alarms are posted. Only whoever owns this machine can name an address: no page and no API can."""

    url: str
    secret: bytes = field(repr=False)
    least: str = "note"  # urgent, soon, note: what is less than that is not sent


@dataclass(frozen=True)
class Mail:
    """Which mail server takes alarms, and for whom."""

    to: tuple[str, ...]
    sender: str
    host: str
    port: int = 587
    security: str = "starttls"  # or tls, none
    user: str = ""
    password: str = field(default="", repr=False)
    least: str = "soon"


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
    webhook: Webhook | None = None
    mail: Mail | None = None
    metrics_token: str = field(default="", repr=False)  # empty: /metrics answers this machine alone
    publish_to: str = field(default="", repr=False)  # a database of its own for people's tools; empty: none


def read_config(directory: str | Path) -> Config:
    """The configuration in that directory. Raises FileNotFoundError where head office was never set up."""
    base = Path(directory).resolve()
    return parse_config(base, (base / FILE).read_text())


def parse_config(base: Path, text: str) -> Config:
    """The configuration that a text is, for head office in that directory."""
    told = tomllib.loads(text)
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
        webhook=_webhook(base, told.get("alarms", {})),
        mail=_mail(base, told.get("alarms", {})),
        metrics_token=_secret(base, told.get("metrics", {}).get("token_file", "")),
        publish_to=_published(base, told.get("publish", {})),
    )


def _published(base: Path, told: dict) -> str:
    """An address with a password in it may lie in a file."""
    return told.get("url", "") or _secret(base, told.get("url_file", ""))


def _webhook(base: Path, told: dict) -> Webhook | None:
    if "webhook" not in told:
        return None
    secret = _secret(base, told["webhook_secret_file"])
    return Webhook(told["webhook"], secret.encode(), told.get("webhook_least", Webhook.least))


def _mail(base: Path, told: dict) -> Mail | None:
    if "mail_to" not in told:
        return None
    return Mail(
        to=tuple(told["mail_to"]),
        sender=told["mail_from"],
        host=told["mail_host"],
        port=told.get("mail_port", Mail.port),
        security=told.get("mail_security", Mail.security),
        user=told.get("mail_user", ""),
        password=_secret(base, told.get("mail_password_file", "")),
        least=told.get("mail_least", Mail.least),
    )


def _secret(base: Path, name: str) -> str:
    """What a file below DIR holds, '' where none is named. Raises FileNotFoundError."""
    return (base / name).read_text().strip() if name else ""


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
