"""The chain's own certificate authority: one P-256 root, certificates for gateways, brokers, terminals, this server.

Certificates carry no time that could stop a store: RFC 5280's "no well-defined expiration date" at one end and 1970 at
the other, because brokers and boards judge dates by clocks that may be wrong. A certificate's ten years stand in head
office's table (renew_by_s) and end in an alarm; what ends trust is the revocation list.
"""

import datetime
import ipaddress
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hq_server.errors import HqError

ALWAYS = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
FOR_EVER = datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)
LIFE_S = 10 * 365 * 86400
WARN_S = 90 * 86400


class Issued(NamedTuple):
    """A certificate: PEM, DER, serial in lower-case hex."""

    pem: str
    der: bytes
    serial: str


class Authority:
    """The root with its key."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate):
        self._key = key
        self.certificate = certificate
        self.pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        self.der = certificate.public_bytes(serialization.Encoding.DER)
        self.fingerprint = certificate.fingerprint(hashes.SHA256()).hex()

    def issue(self, public_key: ec.EllipticCurvePublicKey, name: str, names: tuple[str, ...] = ()) -> Issued:
        """A certificate for that client id; `names` are the DNS names and addresses of a server."""
        builder = _builder(name, self.certificate.subject, public_key)
        uses = [ExtendedKeyUsageOID.CLIENT_AUTH] + ([ExtendedKeyUsageOID.SERVER_AUTH] if names else [])
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        builder = builder.add_extension(_identifier_of(self.certificate), critical=False)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName([_name(one) for one in names]), critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        return Issued(
            certificate.public_bytes(serialization.Encoding.PEM).decode(),
            certificate.public_bytes(serialization.Encoding.DER),
            serial_text(certificate),
        )

    def revocation_list(self, serials: list[str]) -> str:
        """The list of revoked certificates in PEM, for brokers."""
        builder = x509.CertificateRevocationListBuilder(self.certificate.subject, ALWAYS, FOR_EVER)
        for serial in serials:
            one = x509.RevokedCertificateBuilder(int(serial, 16), ALWAYS).build()
            builder = builder.add_revoked_certificate(one)
        builder = builder.add_extension(_identifier_of(self.certificate), critical=False)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()

    def key_pem(self) -> bytes:
        """The root's key, to be sealed."""
        return key_pem(self._key)


def make_authority(chain_name: str) -> Authority:
    """A new root for a new chain."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject("Tapwell " + chain_name)
    builder = _builder("", subject, key.public_key()).subject_name(subject)
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(usage, critical=True)
    return Authority(key, builder.sign(key, hashes.SHA256()))


def read_authority(key_text: bytes, certificate_pem: str) -> Authority:
    """The root as it was kept."""
    key = serialization.load_pem_private_key(key_text, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Authority(key, x509.load_pem_x509_certificate(certificate_pem.encode()))


def requested(csr_pem: str) -> x509.CertificateSigningRequest:
    """A signing request whose own signature fits and whose key is P-256. Raises HqError('bad_csr')."""
    try:
        request = x509.load_pem_x509_csr(csr_pem.encode())
    except ValueError as wrong:
        raise HqError("bad_csr", str(wrong)) from None
    _check_curve(request.public_key())
    if not request.is_signature_valid:
        raise HqError("bad_csr", "signature does not fit")
    return request


def server_names(request: x509.CertificateSigningRequest) -> tuple[str, ...]:
    """The DNS names and addresses that a signing request asks for."""
    try:
        told = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(str(one.value) for one in told if isinstance(one, (x509.DNSName, x509.IPAddress)))


def public_key_of(text: str) -> ec.EllipticCurvePublicKey:
    """A P-256 key as PEM or as uncompressed point in hex (65 bytes). Raises HqError('bad_key')."""
    try:
        if text.startswith("-----"):
            key = serialization.load_pem_public_key(text.encode())
        else:
            key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes.fromhex(text))
    except ValueError as wrong:
        raise HqError("bad_key", str(wrong)) from None
    return _check_curve(key)


def serial_text(certificate: x509.Certificate) -> str:
    """The serial as head office writes it everywhere."""
    return f"{certificate.serial_number:040x}"


def common_name(certificate: x509.Certificate) -> str:
    """The client id."""
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def key_pem(key: ec.EllipticCurvePrivateKey, password: bytes | None = None) -> bytes:
    """A private key in PKCS#8, enciphered if there is a password."""
    cipher = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, cipher)


def _builder(name: str, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().issuer_name(issuer).public_key(public_key)
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(ALWAYS).not_valid_after(FOR_EVER)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    return builder.subject_name(_subject(name)) if name else builder


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _identifier_of(certificate: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    kept = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(kept.value)


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _check_curve(key) -> ec.EllipticCurvePublicKey:
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise HqError("bad_key", "want an elliptic curve key on P-256")
    return key
