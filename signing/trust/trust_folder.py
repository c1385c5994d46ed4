"""Whom to trust: a folder of trusted-list snapshots and local anchors. Never the network.

    *.pem, *.crt, *.cer, *.der   anchors of this house (internal CA, test CA), at any depth
    *.xml                        trusted lists and the list of lists that names their signers;
                                 import puts them into lists/<date>/<TERRITORY>-<number>.xml

An empty or missing folder trusts nobody: integrity is computed all the same, the indication is
INDETERMINATE / NO_CERTIFICATE_CHAIN_FOUND. Only the youngest list of a territory counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import pem, x509
from pyhanko_certvalidator.authority import Authority, TrustAnchor
from pyhanko_certvalidator.registry import SimpleTrustManager, TrustManager

from signing.errors import TrustError

ANCHORS = (".pem", ".crt", ".cer", ".der")
LISTS = (".xml",)
LARGEST_ANCHOR = 2**20  #: bytes


@dataclass(frozen=True, slots=True)
class Trust:
    """A trust store by its folder; small, so that it travels to the isolated child."""

    folder: Path

    def files(self) -> tuple[Path, ...]:
        """All files that trust rests on, in a stable order."""
        if not self.folder.is_dir():
            return ()
        found = [
            path
            for path in self.folder.rglob("*")
            if path.suffix.lower() in (*ANCHORS, *LISTS)
            and not path.name.startswith(".")
            and path.is_file()
        ]
        return tuple(sorted(found))

    def fingerprint(self) -> str:
        """SHA-256 over names and contents of all files: what a report was computed with."""
        running = hashlib.sha256()
        for path in self.files():
            running.update(str(path.relative_to(self.folder)).encode() + b"\0")
            with path.open("rb") as file:
                running.update(hashlib.file_digest(file, "sha256").digest())
        return running.hexdigest()


class Anchors(TrustManager):
    """Several sources of trust as one; the first that knows an authority answers."""

    def __init__(self, *sources: TrustManager) -> None:
        self._sources = sources

    def as_trust_anchor(self, authority: Authority) -> TrustAnchor | None:
        for source in self._sources:
            anchor = source.as_trust_anchor(authority)
            if anchor is not None:
                return anchor
        return None

    def find_potential_issuers(self, cert: x509.Certificate) -> Iterator[TrustAnchor]:
        for source in self._sources:
            yield from source.find_potential_issuers(cert)


def local_anchors(trust: Trust) -> tuple[x509.Certificate, ...]:
    """The certificates of the store that are no lists. Raises TrustError, naming the file."""
    found: list[x509.Certificate] = []
    for path in trust.files():
        if path.suffix.lower() in ANCHORS:
            found += _certificates(path)
    return tuple(found)


def _certificates(path: Path) -> list[x509.Certificate]:
    data = path.read_bytes()[:LARGEST_ANCHOR]
    try:
        encoded = [data]
        if pem.detect(data):
            encoded = [body for _, _, body in pem.unarmor(data, multiple=True)]
        certificates = [x509.Certificate.load(body) for body in encoded]
        for certificate in certificates:
            certificate.subject.hashable  # noqa: B018 - reads the structure
    except (ValueError, TypeError, KeyError) as error:
        raise TrustError(f"trust anchor {path}: holds no certificate: {error}") from None
    return certificates


def simple_manager(certificates: tuple[x509.Certificate, ...]) -> TrustManager:
    """Trust in these certificates and nobody else (never the system's own list)."""
    return SimpleTrustManager.build(trust_roots=list(certificates))
