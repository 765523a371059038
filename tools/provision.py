"""A terminal's first day: its own key, and a one-time code of head office for certificate, link key and witness key.

The private key is made here and goes nowhere but into the terminal's flash; head office is recognised by its
fingerprint. What it hands out is handed out this once.
"""

import base64
import json
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.adapters.hq_enrol import Refused, exchange
from tools.virtual_terminal import write_terminal

__all__ = ["Refused", "enrol_terminal"]


def enrol_terminal(
    folder: Path,
    *,
    hq_url: str,
    code: str,
    ca_fingerprint: str,
    gateway: tuple[str, int, str],
    chips: tuple[str, ...],
    language: str = "en",
) -> str:
    """Writes what the terminal needs into `folder` (its /data) and gives its id. Raises Refused.

    gateway: host, port and the name in the broker's certificate. chips: names of tools/virtual_terminal.PINS.
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
        chips=chips,
        language=language,
    )
    return json.loads((folder / "terminal.json").read_text())["terminal"]


def _request(key: ec.EllipticCurvePrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "terminal")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return request.public_bytes(Encoding.PEM).decode()
