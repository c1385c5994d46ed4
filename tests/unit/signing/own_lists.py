"""Trusted lists of our own, signed as real ones are: a list of lists and a list of services."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree
from pyhanko.sign import signers
from signxml.algorithms import CanonicalizationMethod, SignatureConstructionMethod
from signxml.signer import XMLSigner

SERVICES = "http://uri.etsi.org/TrstSvc/Svctype"
QUALIFIER = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/"
LIST = """<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#"
 xmlns:q="http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#"
 xmlns:a="http://uri.etsi.org/02231/v2/additionaltypes#"
 TSLTag="http://uri.etsi.org/19612/TSLTag"><SchemeInformation>
<TSLVersionIdentifier>5</TSLVersionIdentifier><TSLSequenceNumber>{number}</TSLSequenceNumber>
<TSLType>http://uri.etsi.org/TrstSvc/TrustedList/TSLType/{kind}</TSLType>
<SchemeInformationURI><URI xml:lang="en">https://lists.test/</URI></SchemeInformationURI>
<SchemeTerritory>{territory}</SchemeTerritory>{pointers}
<ListIssueDateTime>2026-01-01T00:00:00Z</ListIssueDateTime>
<NextUpdate><dateTime>{next_update}</dateTime></NextUpdate></SchemeInformation>
{providers}</TrustServiceStatusList>"""
POINTER = """<OtherTSLPointer><ServiceDigitalIdentities><ServiceDigitalIdentity><DigitalId>
<X509Certificate>{certificate}</X509Certificate></DigitalId></ServiceDigitalIdentity>
</ServiceDigitalIdentities><TSLLocation>{location}</TSLLocation><AdditionalInformation>
<OtherInformation><SchemeTerritory>{territory}</SchemeTerritory></OtherInformation><OtherInformation>
<a:MimeType>application/vnd.etsi.tsl+xml</a:MimeType></OtherInformation>
</AdditionalInformation></OtherTSLPointer>"""
SERVICE = """<TSPService><ServiceInformation>
<ServiceTypeIdentifier>{kind}</ServiceTypeIdentifier>
<ServiceName><Name xml:lang="en">Testdienst</Name></ServiceName>
<ServiceDigitalIdentity><DigitalId><X509Certificate>{certificate}</X509Certificate></DigitalId>
</ServiceDigitalIdentity>
<ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted</ServiceStatus>
<StatusStartingTime>2016-07-01T00:00:00Z</StatusStartingTime>{extensions}
</ServiceInformation></TSPService>"""
QUALIFICATIONS = """<ServiceInformationExtensions><Extension Critical="true"><q:Qualifications>
<q:QualificationElement><q:Qualifiers>{qualifiers}</q:Qualifiers>
<q:CriteriaList assert="all"><q:KeyUsage>
<q:KeyUsageBit name="nonRepudiation">true</q:KeyUsageBit></q:KeyUsage></q:CriteriaList>
</q:QualificationElement></q:Qualifications></Extension></ServiceInformationExtensions>"""


@dataclass(frozen=True)
class OwnLists:
    """Who signs the list of lists, and who the German list."""

    head: signers.SimpleSigner
    german: signers.SimpleSigner

    def list_of_lists(
        self,
        *,
        number: int = 3,
        next_update: str = "2026-12-01T00:00:00Z",
        location: str = "https://lists.test/de.xml",
        successor: signers.SimpleSigner | None = None,
    ) -> bytes:
        """Names the German list's signer, and as ``successor`` who signs the next one of these."""
        pointer = POINTER.format(
            certificate=_base64(self.german.signing_cert), location=location, territory="DE"
        )
        if successor is not None:
            pointer += POINTER.format(
                certificate=_base64(successor.signing_cert), location=location, territory="EU"
            )
        return signed(
            LIST.format(
                kind="EUlistofthelists",
                number=number,
                territory="EU",
                next_update=next_update,
                pointers=f"<PointersToOtherTSL>{pointer}</PointersToOtherTSL>",
                providers="",
            ),
            self.head,
        )

    def national(
        self,
        authority: x509.Certificate,
        stamps: x509.Certificate,
        *qualifiers: str,
        number: int = 7,
        next_update: str = "2026-12-01T00:00:00Z",
    ) -> bytes:
        """The German list: one authority for certificates, one for time-stamps."""
        named = "".join(f'<q:Qualifier uri="{QUALIFIER}{name}"/>' for name in qualifiers)
        services = SERVICE.format(
            kind=f"{SERVICES}/CA/QC",
            certificate=_base64(authority),
            extensions=QUALIFICATIONS.format(qualifiers=named),
        ) + SERVICE.format(kind=f"{SERVICES}/TSA/QTST", certificate=_base64(stamps), extensions="")
        return signed(
            LIST.format(
                kind="EUgeneric",
                number=number,
                territory="DE",
                next_update=next_update,
                pointers="",
                providers=(
                    "<TrustServiceProviderList><TrustServiceProvider><TSPInformation/>"
                    f"<TSPServices>{services}</TSPServices></TrustServiceProvider>"
                    "</TrustServiceProviderList>"
                ),
            ),
            self.german,
        )


def signed(text: str, by: signers.SimpleSigner) -> bytes:
    """The list with an enveloped signature over all of it."""
    assert by.signing_key is not None
    key = serialization.load_der_private_key(by.signing_key.dump(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    body = _base64(by.signing_cert)
    made = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm="ecdsa-sha256",
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    ).sign(
        etree.fromstring(text.encode()),
        key=key,
        cert=f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n",
    )
    return bytes(etree.tostring(made))


def put(folder: Path, *lists: bytes) -> Path:
    """Lists as files of a trust store."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(lists):
        (folder / f"{number}.xml").write_bytes(data)
    return folder


def _base64(certificate: x509.Certificate | None) -> str:
    assert certificate is not None
    return base64.b64encode(certificate.dump()).decode()
