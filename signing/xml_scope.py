"""What of an XML document a signature does not take in (W3C XMLDSig 1.1, 4.5; EN 319 132-1, 4.3).

A signature element lies in the document that it signs. Whatever is in it and is no part of a
signature, and whatever stands beside the signed elements, is content that nobody signed: text
between elements, attributes, a further object.
"""

from __future__ import annotations

from lxml import etree

from signing.xml_safe import DS, ds
from signing.xmldsig import References

_XADES = (
    "http://uri.etsi.org/01903/v1.1.1#",
    "http://uri.etsi.org/01903/v1.2.2#",
    "http://uri.etsi.org/01903/v1.3.2#",
    "http://uri.etsi.org/01903/v1.4.1#",
)
#: of what ds:KeyInfo may hold (4.5): keys and certificates, also of XMLDSig 1.1
_KEYS = (DS, "http://www.w3.org/2009/xmldsig11#")
_IDENTIFIERS = frozenset(["Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id"])
#: attributes that say how the document is checked, and nothing to a reader
_ABOUT = _IDENTIFIERS | {
    "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation",
    "{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation",
}


def covers_document(
    signature: etree._Element, references: References | None, *, countersigns: bool = False
) -> bool:
    """Everything but signatures is signed: by the root, by all its other children, by files
    beside, or as objects within the signature.

    ``countersigns``: it stands within another signature, which signs the document.
    """
    if references is None:
        return countersigns
    signed = set(references.signed)
    if not _is_signature_alone(signature, signed):
        return False
    if countersigns:
        return _signs_another(signature, signed)
    root = signature.getroottree().getroot()
    if references.covers_root or root is signature:
        return True
    if not _is_blank(root) or not _ABOUT.issuperset(root.attrib):
        return False
    others = [child for child in _elements(root) if child.tag != ds("Signature")]
    return all(other in signed for other in others)


def _signs_another(signature: etree._Element, signed: set[etree._Element]) -> bool:
    """Whether it is over the value of the signature around it (EN 319 132-1, 5.2.7.2); else what
    it holds is content of its own."""
    around = next(signature.iterancestors(ds("Signature")), None)
    return around is not None and around.find(ds("SignatureValue")) in signed


def _is_signature_alone(signature: etree._Element, signed: set[etree._Element]) -> bool:
    """Nothing stands in the element that is neither signed nor a part of a signature."""
    if not _is_blank(signature) or not _IDENTIFIERS.issuperset(signature.attrib):
        return False
    for child in _elements(signature):
        if child.tag == ds("SignedInfo"):
            continue  # its octets are what the value is over
        if child.tag == ds("SignatureValue"):
            alone = not len(child)
        elif child.tag == ds("KeyInfo"):
            alone = _is_blank(child) and all(_is_of(each, _KEYS) for each in _elements(child))
        else:
            alone = child.tag == ds("Object") and (child in signed or _holds_signed(child, signed))
        if not alone:
            return False
    return True


def _holds_signed(holder: etree._Element, signed: set[etree._Element]) -> bool:
    """An object of which all is signed, or that has XAdES properties alone."""
    return _is_blank(holder) and all(
        each in signed or _are_properties(each, signed) for each in _elements(holder)
    )


def _are_properties(element: etree._Element, signed: set[etree._Element]) -> bool:
    """QualifyingProperties: the signed ones are referred to, the others are XAdES's own."""
    if not _is_of(element, _XADES, "QualifyingProperties") or not _is_blank(element):
        return False
    return all(
        each in signed if _is_of(each, _XADES, "SignedProperties") else _are_unsigned(each)
        for each in _elements(element)
    )


def _are_unsigned(properties: etree._Element) -> bool:
    """Time-stamps, certificates and counter-signatures, which are added later (5.3 to 5.6)."""
    if not _is_of(properties, _XADES, "UnsignedProperties"):
        return False
    return all(
        _is_blank(one) and all(_is_of(each, _XADES) for each in _elements(one))
        for one in (properties, *_elements(properties))
    )


def _is_of(element: etree._Element, spaces: tuple[str, ...], name: str | None = None) -> bool:
    qualified = etree.QName(element)
    return qualified.namespace in spaces and name in (None, qualified.localname)


def _elements(parent: etree._Element) -> list[etree._Element]:
    return [child for child in parent if isinstance(child.tag, str)]


def _is_blank(parent: etree._Element) -> bool:
    """No text stands directly in the element, nor between its children."""
    return not any((text or "").strip() for text in (parent.text, *(c.tail for c in parent)))
