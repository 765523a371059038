"""A terminal's first day: its own key, and a one-time code of head office for certificate, link key and witness key.

The private key is made here and goes nowhere but into the terminal's flash; head office is recognised by its
fingerprint. What it hands out is handed out this once.
"""

import base64
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.adapters.hq_enrol import Refused, exchange
from hardware.boards import catalogue
from tools.nozzles import Nozzles
from tools.virtual_terminal import CHIPS, HOST, write_terminal

__all__ = ["Refused", "enrol_terminal"]


def enrol_terminal(
    folder: Path,
    *,
    hq_url: str,
    code: str,
    ca_fingerprint: str,
    gateway: tuple[str, int, str],
    chips: tuple[str, ...] = (),
    language: str = "en",
    board: str = HOST,
    wifi: tuple[str, str] | None = None,
    nozzles: Nozzles | None = None,
) -> str:
    """Writes what the terminal needs into `folder` (its /data) and gives its id. Raises Refused.

    gateway: host, port and the name in the broker's certificate. chips: names of tools/virtual_terminal.PINS; none: all
    of the app that head office names. board: this machine, or one of hardware/boards. wifi: name and password.
    nozzles: of a pump, from nozzle 1 on, as tools/nozzles.py makes them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    ca_file = folder / "ca.pem"
    told = exchange(hq_url, ca_fingerprint, ca_file, {"code": code, "csr_pem": _request(key)}, "terminal")
    ca_der = ssl.PEM_cert_to_DER_cert(ca_file.read_text())
    key_der = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    write_terminal(
        folder,
        terminal=told["terminal"],
        app=told["app"],
        gateway=gateway,
        tls=(ca_der, base64.b64decode(told["certificate_der_b64"]), key_der),
        keys=(told["key_number"], told["link_key"], told["witness_key"]),
        chips=() if board != HOST else chips or CHIPS[told["app"]],
        language=language,
        board=board,
        more=_of_board(board, told["app"], wifi) | ({"nozzles": nozzles} if nozzles else {}),
    )
    return told["terminal"]


def _of_board(board: str, app: str, wifi: tuple[str, str] | None) -> dict:
    more: dict = {"wifi": dict(zip(("ssid", "password"), wifi, strict=True))} if wifi else {}
    if board == HOST:
        return more
    lacks = catalogue.lacks(catalogue.BOARDS[board], catalogue.APPS[app])
    if lacks:
        raise Refused(f"{app} does not fit {board}: {', '.join(lacks)}; the code is used up, ask for another")
    return more | {"pins": {name: dict(part) for name, part in catalogue.pin_map(board, app).items()}}


def _request(key: ec.EllipticCurvePrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "terminal")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return request.public_bytes(Encoding.PEM).decode()
