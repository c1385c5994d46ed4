"""Reading XML from strangers: no DTD, no entities, no network, limited size."""

from __future__ import annotations

from lxml import etree

from signing.errors import UnreadableSignature

LARGEST = 64 * 2**20  #: bytes of one XML document that is parsed
DS = "http://www.w3.org/2000/09/xmldsig#"


def parse_xml(data: bytes) -> etree._Element:
    """The root element. Raises UnreadableSignature for what is no XML or has a DTD."""
    if len(data) > LARGEST:
        raise UnreadableSignature(f"XML of more than {LARGEST} bytes")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=False,
        strip_cdata=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableSignature(f"XML: {error}"[:300]) from None
    if root.getroottree().docinfo.doctype:
        raise UnreadableSignature("XML with a document type declaration")
    return root


def ds(name: str) -> str:
    """A name of XML Signature."""
    return f"{{{DS}}}{name}"


def elements(parent: etree._Element) -> list[etree._Element]:
    """Its children without comments and instructions."""
    return [child for child in parent if isinstance(child.tag, str)]


def is_blank(parent: etree._Element) -> bool:
    """No text stands directly in the element, nor between its children."""
    return not text_of(parent).strip()


def text_of(element: etree._Element | None) -> str:
    """All text that stands directly in an element, also behind a comment, where ``.text`` and
    ``findtext`` end: another program would read on."""
    if element is None:
        return ""
    return "".join(text or "" for text in (element.text, *(child.tail for child in element)))
