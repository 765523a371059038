"""What an operator may set, read once from DIR/gateway.toml into one frozen object and passed down."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE_NAME = "gateway.toml"


@dataclass(frozen=True)
class Config:
    """One store's gateway. Paths are absolute; ports are TCP, the time service uses broker_port with UDP."""

    directory: Path
    store: str
    hq_url: str
    broker_host: str = "127.0.0.1"
    broker_port: int = 8883
    broker_bind: str = "0.0.0.0"
    broker_adapter: str = "batched"  # or paho, paho-websockets: for a broker behind a proxy
    broker_websockets_port: int = 443
    host_names: tuple[str, ...] = ("localhost", "127.0.0.1")
    status_host: str = "127.0.0.1"
    status_port: int = 8090
    status_tls: bool = False  # pages by https, under the broker's certificate: for tablets whose PINs cross a network
    hq_page: str = ""
    metrics_token_file: str = ""  # below the directory; without one /metrics answers this machine alone
    pending_ms: int = 1500
    budget_cents: int = 20_000  # stored value let through after a start until its terminals have answered
    budget_cap_cents: int = 100_000  # the same, once `tapwell gateway raise-budget` was said
    mosquitto: str = "/usr/sbin/mosquitto"

    @property
    def gateway_id(self) -> str:
        """Client id and certificate name of the sale process."""
        return self.store + "-gateway"

    @property
    def uplink_id(self) -> str:
        """Client id and certificate name of the process that speaks to head office."""
        return self.store + "-uplink"

    @property
    def database(self) -> Path:
        return self.directory / "store.db"

    @property
    def lives(self) -> Path:
        """Databases of this store's lives that are gone, by incarnation."""
        return self.directory / "lives"

    def metrics_token(self) -> str:
        """Who knows it may read /metrics. Raises FileNotFoundError."""
        return (self.directory / self.metrics_token_file).read_text().strip() if self.metrics_token_file else ""

    @property
    def fetched_releases(self) -> Path:
        """Releases that head office wants for this store's terminals."""
        return self.directory / "hq_releases"

    @property
    def said(self) -> Path:
        """What a person at this machine has said and the uplink has not passed on yet."""
        return self.directory / "said"

    @property
    def tls(self) -> Path:
        """Certificates and keys: ca.pem, broker.pem/.key, gateway.pem/.key, uplink.pem/.key, crl.pem."""
        return self.directory / "tls"


def load(directory: Path) -> Config:
    """Config of a directory. Raises FileNotFoundError before enrolment and TypeError for an unknown name."""
    values = tomllib.loads((directory / FILE_NAME).read_text())
    if "host_names" in values:
        values["host_names"] = tuple(values["host_names"])
    return Config(directory=directory.resolve(), **values)


def write(config: Config) -> None:
    """gateway.toml of this configuration; what an operator has changed by hand is part of `config`."""
    lines = [f"{name} = {_toml(getattr(config, name))}" for name in _names(config)]
    (config.directory / FILE_NAME).write_text("\n".join(lines) + "\n")


def _names(config: Config) -> list[str]:
    return [name for name in config.__dataclass_fields__ if name != "directory"]


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, int):
        return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
