"""A small certificate authority for tests: P-256, valid from 1970 to 9999, as head office issues them."""

import ipaddress
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

FROM, UNTIL = datetime(1970, 1, 1), datetime(9999, 12, 31, 23, 59, 59)


class Authority:
    """Signs names; keeps what it called back."""

    def __init__(self, name: str = "Test CA"):
        self.name, self.key, self.revoked = _name(name), ec.generate_private_key(ec.SECP256R1()), []
        builder = self._builder(self.name, self.key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.certificate = builder.sign(self.key, hashes.SHA256())

    def issue(self, directory: Path, file: str, common_name: str, hosts: tuple[str, ...] = ()) -> int:
        """Writes file.pem and file.key; returns the serial."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(_name(common_name), key.public_key())
        if hosts:
            builder = builder.add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), False)
        certificate = builder.sign(self.key, hashes.SHA256())
        (directory / f"{file}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (directory / f"{file}.key").write_bytes(plain)
        return certificate.serial_number

    def sign(self, csr_pem: str, common_name: str) -> str:
        """The certificate for a signing request, with the names it asks for."""
        request = x509.load_pem_x509_csr(csr_pem.encode())
        builder = self._builder(_name(common_name), request.public_key())
        for extension in request.extensions:
            builder = builder.add_extension(extension.value, extension.critical)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()

    def crl_pem(self) -> str:
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.name)
        builder = builder.last_update(FROM).next_update(UNTIL)
        for serial in self.revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(FROM).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()

    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def _builder(self, subject: x509.Name, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(public_key)
        return builder.serial_number(x509.random_serial_number()).not_valid_before(FROM).not_valid_after(UNTIL)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
