"""Names of the TS 119 102-2 report: indications, qualities, processes, algorithms as URIs."""

from __future__ import annotations

from urllib.parse import quote

from signing.conclusions.model import AlgorithmUse, Indication

_MAIN = "urn:etsi:019102:mainindication"
MAIN_OF_SIGNATURE = {
    Indication.TOTAL_PASSED: f"{_MAIN}:total-passed",
    Indication.TOTAL_FAILED: f"{_MAIN}:total-failed",
    Indication.INDETERMINATE: f"{_MAIN}:indeterminate",
}
#: of time-stamps and single constraints (EN 319 102-1 5.1.3: "total" is for signatures alone)
MAIN_OF_OBJECT = {
    Indication.TOTAL_PASSED: f"{_MAIN}:passed",
    Indication.TOTAL_FAILED: f"{_MAIN}:failed",
    Indication.INDETERMINATE: f"{_MAIN}:indeterminate",
}
NO_SIGNATURE = "urn:registratur:mainindication:no-signature"
#: the norm leaves the names of qualities open; these are the ones that EU DSS uses
_QUALITY = "urn:cef:dss:signatureQualification"
QUALITY = {
    "QESig": f"{_QUALITY}:QESig",
    "QESeal": f"{_QUALITY}:QESeal",
    "AdESig-QC": f"{_QUALITY}:AdESigQC",
    "AdESeal-QC": f"{_QUALITY}:AdESealQC",
    "AdESig": f"{_QUALITY}:AdESig",
    "AdESeal": f"{_QUALITY}:AdESeal",
    "": f"{_QUALITY}:notApplicable",
}
_PROCESS = "urn:etsi:019102:validationprocess"
#: by the source of the best time
PROCESS = {"SIG_TS": f"{_PROCESS}:LTVM", "DOC_TS": f"{_PROCESS}:LTA", "": f"{_PROCESS}:Basic"}

_XMLENC = "http://www.w3.org/2001/04/xmlenc#"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_MORE_2007 = "http://www.w3.org/2007/05/xmldsig-more#"
DIGESTS = {
    "md5": f"{_MORE}md5",
    "sha1": "http://www.w3.org/2000/09/xmldsig#sha1",
    "ripemd160": f"{_XMLENC}ripemd160",
    "sha224": f"{_MORE}sha224",
    "sha256": f"{_XMLENC}sha256",
    "sha384": f"{_MORE}sha384",
    "sha512": f"{_XMLENC}sha512",
    **{f"sha3_{bits}": f"{_MORE_2007}sha3-{bits}" for bits in (224, 256, 384, 512)},
}
SCHEMES = {"rsa": f"{_MORE}rsa-", "ecdsa": f"{_MORE}ecdsa-"}
SHA2 = ("sha224", "sha256", "sha384", "sha512")


def algorithm_uri(use: AlgorithmUse) -> str:
    """The URI of RFC 9231 where it has one, else a name of ours that keeps the words."""
    if use.use == "digest" and use.algorithm in DIGESTS:
        return DIGESTS[use.algorithm]
    scheme, _, digest = use.algorithm.rpartition("-")
    if digest in SHA2 and scheme in SCHEMES:
        return SCHEMES[scheme] + digest
    if digest in SHA2 and scheme == "pss":
        return f"{_MORE_2007}{digest}-rsa-MGF1"
    return f"urn:registratur:algorithm:{quote(use.algorithm.encode('utf-8', 'replace'))}"
