"""A self-signed certificate for one run, made when the server starts."""

from __future__ import annotations

import datetime as dt
import ipaddress
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from proxbox_plan.core.errors import ProxboxError

COMMON_NAME = "proxbox-plan demo"
HOST = "127.0.0.1"
LIFETIME_DAYS = 30


@dataclass(frozen=True)
class Certificate:
    """Paths of the certificate (its own CA) and its key."""

    ca_file: Path
    key_file: Path


def make_certificate(folder: Path) -> Certificate:
    """Write a certificate for the loopback address into `folder`."""
    certificate = Certificate(folder / "ca.pem", folder / "key.pem")
    certificate.key_file.touch(mode=0o600)
    if find_spec("cryptography") is not None:
        _with_cryptography(certificate)
    else:
        _with_openssl(certificate)
    return certificate


def _with_openssl(certificate: Certificate) -> None:
    program = shutil.which("openssl")
    if program is None:
        raise ProxboxError("No way to make a TLS certificate.", hint="Install the Python package cryptography.")
    command = [program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(certificate.key_file), "-out", str(certificate.ca_file)]
    command += ["-days", str(LIFETIME_DAYS), "-subj", f"/CN={COMMON_NAME}"]
    command += ["-addext", f"subjectAltName=IP:{HOST},DNS:localhost"]
    command += ["-addext", "keyUsage=critical,digitalSignature,keyCertSign"]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  # a fixed command, only paths vary


def _with_cryptography(certificate: Certificate) -> None:
    # Imported here, so that the demo also works with the openssl program alone.
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, COMMON_NAME)])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST)), x509.DNSName("localhost")])
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=LIFETIME_DAYS))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate.ca_file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    certificate.key_file.write_bytes(pem)
