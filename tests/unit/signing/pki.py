"""The test infrastructure of pki.yml: certificates, revocation lists, time-stamps, signers."""

from __future__ import annotations

import functools
import io
from datetime import datetime
from pathlib import Path

from asn1crypto import keys, pem, x509
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig, KeyLabel, ServiceLabel
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore

KEYS = ("root", "ca", "tsa", "signer")


@functools.cache
def _stamp_key() -> rsa.RSAPrivateKey:
    """All that the stand-in for a time-stamp authority can use; slow to make, so made once."""
    return rsa.generate_private_key(public_exponent=65537, key_size=3072)


def _new_key(name: str) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    return _stamp_key() if name == "tsa" else ec.generate_private_key(ec.SECP256R1())


class Pki:
    """What pki.yml describes, with fresh keys in ``folder``."""

    def __init__(self, folder: Path) -> None:
        (folder / "keys").mkdir(parents=True)
        for name in KEYS:
            key = _new_key(name)
            (folder / "keys" / f"{name}.pem").write_bytes(
                key.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            )
        config = CertomancerConfig.from_file(
            str(Path(__file__).with_name("pki.yml")), key_search_dir=str(folder)
        )
        self._house = config.get_pki_arch(ArchLabel("house"))

    def cert(self, label: str) -> x509.Certificate:
        return self._house.get_cert(CertLabel(label))

    def key(self, label: str) -> keys.PrivateKeyInfo:
        return self._house.key_set.get_private_key(KeyLabel(label))

    def crls(self, at: datetime) -> list[bytes]:
        """The revocation lists of both issuers as of ``at``."""
        registry = self._house.service_registry
        return [registry.get_crl(ServiceLabel(name), at).dump() for name in ("root", "ca")]

    def trust(self, folder: Path) -> Path:
        """A trust store that holds the root."""
        (folder / "anchors").mkdir(parents=True)
        encoded = pem.armor("CERTIFICATE", self.cert("root").dump())
        (folder / "anchors" / "wurzel.pem").write_bytes(encoded)
        return folder

    def signer(self, label: str) -> signers.SimpleSigner:
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register_multiple([self.cert("ca"), self.cert("root")])
        return signers.SimpleSigner(
            signing_cert=self.cert(label), signing_key=self.key("signer"), cert_registry=store
        )

    def stamper(self, at: datetime) -> DummyTimeStamper:
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register(self.cert("root"))
        return DummyTimeStamper(
            tsa_cert=self.cert("tsa"),
            tsa_key=self.key("tsa"),
            certs_to_embed=store,
            fixed_dt=at,
            include_nonce=False,
        )

    def sign(
        self,
        data: bytes,
        label: str,
        *,
        field: str = "Unterschrift",
        stamped: datetime | None = None,
        md: str = "sha256",
    ) -> bytes:
        """Sign a PDF as the holder of ``label``, with a signature time-stamp where asked."""
        out = io.BytesIO()
        signers.PdfSigner(
            signers.PdfSignatureMetadata(
                field_name=field, md_algorithm=md, subfilter=fields.SigSeedSubFilter.PADES
            ),
            signer=self.signer(label),
            timestamper=self.stamper(stamped) if stamped is not None else None,
        ).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(data)), output=out)
        return out.getvalue()

    def stamp(self, data: bytes, at: datetime, *, field: str = "Stempel") -> bytes:
        """Add a document time-stamp."""
        out = io.BytesIO()
        signers.PdfTimeStamper(self.stamper(at), field_name=field).timestamp_pdf(
            IncrementalPdfFileWriter(io.BytesIO(data)), "sha256", output=out
        )
        return out.getvalue()

    def store(self, data: bytes, at: datetime) -> bytes:
        """Add the revocation lists of ``at`` to the file's security store."""
        out = io.BytesIO(data)
        DocumentSecurityStore.add_dss(
            out, sig_contents=None, certs=[self.cert("ca"), self.cert("root")], crls=self._lists(at)
        )
        return out.getvalue()

    def _lists(self, at: datetime) -> list[object]:
        registry = self._house.service_registry
        return [registry.get_crl(ServiceLabel(name), at) for name in ("root", "ca")]
