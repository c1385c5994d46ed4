"""``/adbe.x509.rsa_sha1``: a bare RSA value in /Contents, the certificate in /Cert (PDF 1.3)."""

from __future__ import annotations

from asn1crypto import core, x509
from pyhanko.pdf_utils import generic

from config.filekind import Data
from signing.conclusions.conclusion_table import Check, Encoding
from signing.conclusions.model import AlgorithmUse, Note, Reason
from signing.errors import UnreadableSignature, UnsupportedAlgorithm
from signing.formats.cms import algorithms
from signing.formats.cms.algorithms import Scheme
from signing.formats.cms.signed_data import SignerCheck
from signing.formats.pdf.byte_ranges import ranges_digest
from signing.formats.pdf.reader import FilledField, entry

DIGESTS = ("sha1", "sha256", "sha384", "sha512", "ripemd160")


def raw_rsa_check(data: Data, field: FilledField) -> SignerCheck:
    """Check the value over the byte range. Raises UnreadableSignature."""
    certificate = _certificate(field)
    signature = _octets(field.contents or b"")
    value = Check.FAILS
    notes: tuple[Note, ...] = ()
    uses: tuple[AlgorithmUse, ...] = ()
    try:
        key = algorithms.public_key(certificate.public_key)
        for name in DIGESTS:
            digest = ranges_digest(data, field.numbers or (), name)
            scheme = Scheme(name="rsa", digest=name)
            if algorithms.value_holds(key, scheme, signature, digest, None):
                value = Check.HOLDS
                uses = (AlgorithmUse(use="signature", algorithm=f"rsa-{name}"),)
                break
    except UnsupportedAlgorithm as error:
        value = Check.UNKNOWN
        notes = (Note(reason=Reason.ALGORITHM_NOT_CHECKED, detail=str(error)),)
    return SignerCheck(
        digest=value,
        value=value,
        algorithms=Check.HOLDS,
        encoding=Encoding.DER,
        certificate=certificate,
        certificate_bound=Check.UNKNOWN,
        signing_time=None,
        signature=signature,
        uses=uses,
        notes=notes,
    )


def _certificate(field: FilledField) -> x509.Certificate:
    value = None if field.dictionary is None else entry(field.dictionary, "/Cert")
    if isinstance(value, generic.ArrayObject) and value:
        value = value[0]
    if not isinstance(value, generic.TextStringObject | generic.ByteStringObject):
        raise UnreadableSignature("/Cert names no certificate")
    return x509.Certificate.load(value.original_bytes)


def _octets(contents: bytes) -> bytes:
    value = core.OctetString.load(contents)
    return bytes(value.native)
