"""Seals with a key from a PKCS#12 file, and the trial key that a fresh installation makes.

The key lies in this process's memory. A county that seals in earnest takes a token or a remote
service; this adapter is for trials, tests and software certificates.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes

from config.clock import Clock, now
from signing.errors import SealError, SealKeyError
from signing.sealing.seal import TRIAL_MARK, Seal

FIELD = "Siegel"
TRIAL_YEARS = 3


class Pkcs12Sealer:
    """A ``Sealer`` on one PKCS#12 key. Not tied to a thread; each seal stands alone."""

    def __init__(self, signer: signers.SimpleSigner) -> None:
        self._signer = signer
        certificate = signer.signing_cert
        assert certificate is not None
        self._certificate: asn1_x509.Certificate = certificate
        self._reserved: int | None = None  #: bytes for a signature, half as much again as it takes

    @property
    def certificate_sha256(self) -> str:
        return str(self._certificate.sha256.hex())

    @property
    def certificate_subject(self) -> str:
        return str(self._certificate.subject.human_friendly)

    @property
    def trial(self) -> bool:
        return TRIAL_MARK in self.certificate_subject

    def seal(self, source: Path, out: Path, *, reason: str, at: datetime, subject: str) -> Seal:
        """See ``Sealer.seal``. The result is PDF/A where ``source`` is."""
        if not self._certificate.not_valid_before <= at <= self._certificate.not_valid_after:
            raise SealError(
                f"{subject}: the seal certificate {self.certificate_subject!r} is not valid at "
                f"{at.isoformat()}; install a valid one"
            )
        try:
            with source.open("rb") as data, _appearing(out, mode=0o640) as sealed:
                asyncio.run(self._sign(data, sealed, reason, at))
        except (PdfError, SigningError, ValueError, KeyError, TypeError, OSError) as error:
            raise SealError(
                f"{subject}: could not be sealed ({type(error).__name__}: {error}); "
                "nothing was written, try again or check key and disk"
            ) from error
        return Seal(
            level="B-B",
            certificate_subject=self.certificate_subject,
            certificate_sha256=self.certificate_sha256,
            trial=self.trial,
            signed_at=at,
        )

    def seal_data(self, data: bytes, *, subject: str) -> bytes:
        """See ``Sealer.seal_data``."""
        try:
            message = asyncio.run(
                self._signer.async_sign_general_data(data, "sha256", detached=True, use_cades=True)
            )
        except (SigningError, ValueError, KeyError, TypeError, OSError) as error:
            raise SealError(
                f"{subject}: could not be sealed ({type(error).__name__}: {error}); check the key"
            ) from error
        return bytes(message.dump())

    async def _sign(self, data: BinaryIO, sealed: BinaryIO, reason: str, at: datetime) -> None:
        """pyHanko's own steps, with the time passed in."""
        writer = _AddingOnly(data)
        metadata = signers.PdfSignatureMetadata(
            field_name=f"{FIELD} {at:%Y-%m-%d %H:%M:%S} {secrets.token_hex(4)}",
            md_algorithm="sha256",
            reason=reason,
            subfilter=fields.SigSeedSubFilter.PADES,
        )
        session = signers.PdfSigner(metadata, signer=self._signer).init_signing_session(writer)
        session.system_time = at
        if self._reserved is None:  # it hangs on key and certificates alone, and costs a signature
            self._reserved = await session.estimate_signature_container_size(None, tight=False)
        document = session.prepare_tbs_document(None, self._reserved)
        digest, output = document.digest_tbs_document(output=sealed)
        done = await document.perform_signature(
            document_digest=digest.document_digest,
            pdf_cms_signed_attrs=PdfCMSSignedAttributes(signing_time=at),
        )
        await done.post_signature_processing(output)


class _AddingOnly(IncrementalPdfFileWriter):
    """Leaves the metadata as they were judged: pyHanko would write the XMP anew.

    What it writes is not always PDF/A: an empty ``dc:description`` loses its language alternative.
    """

    def _update_meta(self) -> None:
        pass


def open_sealer(p12_path: Path, passphrase: str) -> Pkcs12Sealer:
    """The sealer on a PKCS#12 file. Raises SealKeyError, naming the file."""
    try:
        data = p12_path.read_bytes()
    except OSError as error:
        raise SealKeyError(f"seal key {p12_path}: cannot be read: {error.strerror}") from None
    try:
        signer = signers.SimpleSigner.load_pkcs12_data(data, (), passphrase.encode())
    except (ValueError, TypeError) as error:
        raise SealKeyError(
            f"seal key {p12_path}: not a PKCS#12 file with a key, or the passphrase is wrong"
        ) from error
    return Pkcs12Sealer(signer)


def create_trial_key(
    path: Path, passphrase: str, *, county: str, at: datetime | None = None, clock: Clock = now
) -> str:
    """Make a self-signed key for trials; every name says that it is one.

    The file is readable by its owner alone and appears whole or not at all; an existing one is
    never replaced. Returns the certificate's SHA-256. Raises SealKeyError.
    """
    if path.exists():
        raise SealKeyError(f"seal key {path}: there is one already; it is never replaced")
    if not passphrase:
        raise SealKeyError(f"seal key {path}: a passphrase is needed")
    begins = at or clock()
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _self_signed(key, county, begins)
    data = pkcs12.serialize_key_and_certificates(
        b"siegel",
        key,
        certificate,
        None,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )
    try:
        _create(path, data)
    except FileExistsError:
        raise SealKeyError(f"seal key {path}: there is one already; it is never replaced") from None
    return certificate.fingerprint(hashes.SHA256()).hex()


def _self_signed(
    key: ec.EllipticCurvePrivateKey, county: str, begins: datetime
) -> x509.Certificate:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, county[:64]),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, TRIAL_MARK),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Registratur {TRIAL_MARK}"),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins - timedelta(hours=1))
        .not_valid_after(begins + timedelta(days=365 * TRIAL_YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


@contextmanager
def _appearing(path: Path, *, mode: int) -> Iterator[BinaryIO]:
    """A file that takes its name only when it is whole. Who keeps it flushes it to the disk."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _create(path: Path, data: bytes) -> None:
    """As ``_appearing``, but on the disk, never over an existing file, for the owner alone."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(temporary)
        _sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
