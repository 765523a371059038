"""What is said to head office before there is a certificate: whose authority it is, and the enrolment itself."""

import hashlib
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.adapters import tls


class Refused(Exception):
    """Head office did not enrol this gateway, or is not the one that was named."""


def exchange(hq_url: str, fingerprint: str, ca_file: Path, body: dict, what: str = "gateway") -> dict:
    """Writes head office's authority to ca_file and exchanges the one-time code. Raises Refused.

    what: gateway or terminal, whichever the code was made for.
    """
    try:
        ca_file.write_text(_authority(hq_url, fingerprint))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.verify_flags |= ssl.VerifyFlags(tls.NO_CHECK_TIME)
        context.load_verify_locations(ca_file)
        answer = httpx.post(f"{hq_url}/{what}/v1/enrol", json=body, verify=context, timeout=30, trust_env=False)
    except httpx.HTTPError as trouble:
        raise Refused(f"head office was not reached: {trouble!r}") from trouble
    if answer.status_code != 200:
        raise Refused(f"head office says {answer.status_code}: {answer.text[:300]}")
    return answer.json()


def _authority(hq_url: str, fingerprint: str) -> str:
    """Head office's root, fetched from anybody who answers there and believed only by its SHA-256 fingerprint."""
    found = httpx.get(hq_url + "/gateway/v1/ca", verify=False, timeout=30, trust_env=False)
    if found.status_code != 200:
        raise Refused(f"head office shows no authority: {found.status_code}")
    pem = found.json()["ca_pem"]
    certificate = x509.load_pem_x509_certificate(pem.encode())
    seen = hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
    if seen != fingerprint.replace(":", "").lower():
        raise Refused(f"{urlsplit(hq_url).netloc} is not the head office you named: its fingerprint is {seen}")
    return pem
