"""What of an XML document a signature does not take in (W3C XMLDSig 1.1, 4.5; EN 319 132-1, 4.3).

A signature element lies in the document that it signs. Whatever is in it and is no part of a
signature, and whatever stands beside the signed elements, is content that nobody signed: text
between elements, attributes, a further object.
"""

from __future__ import annotations

from asn1crypto import x509
from lxml import etree

from signing.formats.xml.key_info import IDENTIFIERS, XADES, says_keys_alone
from signing.formats.xml.safe_parser import ds, elements, is_blank
from signing.formats.xml.xmldsig import References

#: attributes that say how the document is checked, and nothing to a reader
_ABOUT = IDENTIFIERS | {
    "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation",
    "{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation",
}


def covers_document(
    signature: etree._Element,
    references: References | None,
    signer: x509.Certificate | None,
    *,
    countersigns: bool = False,
) -> bool:
    """Everything but signatures is signed: by the root, by all its other children, by files
    beside, or as objects within the signature.

    ``countersigns``: it stands within another signature, which signs the document.
    """
    if references is None:
        return countersigns
    signed = set(references.signed)
    if not _is_signature_alone(signature, signed, signer):
        return False
    if countersigns:
        return _signs_another(signature, signed)
    root = signature.getroottree().getroot()
    if references.covers_root or root is signature:
        return True
    if not is_blank(root) or not _ABOUT.issuperset(root.attrib):
        return False
    others = [child for child in elements(root) if child.tag != ds("Signature")]
    return all(other in signed for other in others)


def _signs_another(signature: etree._Element, signed: set[etree._Element]) -> bool:
    """Whether it is over the value of the signature around it (EN 319 132-1, 5.2.7.2); else what
    it holds is content of its own."""
    around = next(signature.iterancestors(ds("Signature")), None)
    return around is not None and around.find(ds("SignatureValue")) in signed


def _is_signature_alone(
    signature: etree._Element, signed: set[etree._Element], signer: x509.Certificate | None
) -> bool:
    """Nothing stands in the element that is neither signed nor a part of a signature."""
    if not is_blank(signature) or not _has_identifiers_alone(signature):
        return False
    for child in elements(signature):
        if child.tag == ds("SignedInfo"):
            continue  # its octets are what the value is over
        if child.tag == ds("SignatureValue"):
            alone = not elements(child) and _has_identifiers_alone(child)
        elif child.tag == ds("KeyInfo"):
            alone = child in signed or says_keys_alone(child, signer)
        else:
            alone = child.tag == ds("Object") and (
                child in signed or _holds_signed(child, signed, signer)
            )
        if not alone:
            return False
    return True


def _holds_signed(
    holder: etree._Element, signed: set[etree._Element], signer: x509.Certificate | None
) -> bool:
    """An object of which all is signed, or that has XAdES properties alone."""
    return is_blank(holder) and all(
        each in signed or _are_properties(each, signed, signer) for each in elements(holder)
    )


def _are_properties(
    element: etree._Element, signed: set[etree._Element], signer: x509.Certificate | None
) -> bool:
    """QualifyingProperties: the signed ones are referred to, the others are XAdES's own."""
    if not _is_of(element, XADES, "QualifyingProperties") or not is_blank(element):
        return False
    return all(
        each in signed if _is_of(each, XADES, "SignedProperties") else _are_unsigned(each, signer)
        for each in elements(element)
    )


def _are_unsigned(properties: etree._Element, signer: x509.Certificate | None) -> bool:
    """Time-stamps, certificates and counter-signatures, which are added later (5.3 to 5.6)."""
    if not _is_of(properties, XADES, "UnsignedProperties") or not is_blank(properties):
        return False
    return _has_identifiers_alone(properties) and all(
        says_keys_alone(each, signer) for each in elements(properties)
    )


def _has_identifiers_alone(element: etree._Element) -> bool:
    """No attribute but an identifier, which is a word by itself (xs:ID)."""
    return all(
        str(key) in IDENTIFIERS and len(str(value).split()) == 1
        for key, value in element.attrib.items()
    )


def _is_of(element: etree._Element, spaces: tuple[str, ...], name: str | None = None) -> bool:
    qualified = etree.QName(element)
    return qualified.namespace in spaces and name in (None, qualified.localname)
