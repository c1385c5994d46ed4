"""Our own seal: the port for what writes it, and the check whether it still stands."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from config.filekind import Data, mapped
from signing.conclusions.conclusion_table import Check, Encoding
from signing.errors import UnreadableSignature, UnsupportedAlgorithm
from signing.formats.cms.signed_data import check_signer, read_message
from signing.formats.pdf.byte_ranges import byte_ranges, hole, is_standard, ranges_digest

OK = "ok"
BROKEN = "broken"
TRIAL_MARK = "Testsiegel, nicht qualifiziert"  #: in the subject of every trial certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A seal that was written."""

    level: str  #: B-B
    certificate_subject: str
    certificate_sha256: str  #: of the DER bytes, hexadecimal
    trial: bool
    signed_at: datetime


class Sealer(Protocol):
    """Writes PAdES seals with one key."""

    @property
    def certificate_sha256(self) -> str:
        """Of the seal certificate, for ``verify_seal``."""
        ...

    def seal(self, source: Path, out: Path, *, reason: str, at: datetime, subject: str) -> Seal:
        """Seal ``source`` invisibly into ``out``, incrementally; ``out`` appears whole or not.

        Raises:
            SealError: it could not be written; the step may be taken again.
        """
        ...

    def seal_data(self, data: bytes, *, subject: str) -> bytes:
        """A detached CAdES seal (DER CMS) over ``data``. Raises SealError."""
        ...


def verify_seal(path: Path, expected_cert_sha256: frozenset[str]) -> str:
    """``ok`` or ``broken`` for a file that one of our seals closed.

    ``ok`` only when one signature covers the file to its last byte, but for the hole that holds
    nothing else than it, digest and value hold, and its certificate is one of
    ``expected_cert_sha256`` (hexadecimal). No PDF reader is asked: with every byte covered there
    is nothing that a reader could add. Raises OSError where the file cannot be read.
    """
    with mapped(path) as data:
        for written in byte_ranges(data):
            if _closes(data, written.numbers) and _holds(
                data, written.numbers, expected_cert_sha256
            ):
                return OK
    return BROKEN


def _closes(data: Data, numbers: tuple[int, ...]) -> bool:
    return is_standard(numbers, len(data)) and numbers[2] + numbers[3] == len(data)


def verify_data_seal(data: bytes, seal: bytes, expected_cert_sha256: frozenset[str]) -> str:
    """``ok`` or ``broken`` for bytes and the detached CAdES seal over them (``seal_data``)."""

    def digest(name: str) -> bytes:
        return hashlib.new(name, data).digest()

    return OK if _is_ours(seal, digest, expected_cert_sha256) else BROKEN


def _holds(data: Data, numbers: tuple[int, ...], expected: frozenset[str]) -> bool:
    contents = hole(data, numbers)
    if contents is None:
        return False
    return _is_ours(contents, lambda name: ranges_digest(data, numbers, name), expected)


def _is_ours(contents: bytes, digest: Callable[[str], bytes], expected: frozenset[str]) -> bool:
    try:
        message = read_message(contents)
        if message.content is not None or len(message.signers) != 1:
            return False
        check = check_signer(message, message.signers[0], digest)
    except (UnreadableSignature, UnsupportedAlgorithm, ValueError, TypeError, KeyError):
        return False
    if check.certificate is None or check.encoding is not Encoding.DER:
        return False
    good = {check.digest, check.value, check.algorithms, check.certificate_bound}
    return good == {Check.HOLDS} and check.certificate.sha256.hex() in expected
