"""The metadata by which programs know a hybrid invoice (ZUGFeRD, Factur-X) in a PDF.

Making a PDF/A rewrites the metadata with what PDF/A itself knows; these four properties with the
description of their schema (ISO 19005-3, 6.6.2.3.3) are put back, in a form of our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Name

#: Namespace of the properties -> prefix (ZUGFeRD 1.0, 2.0, and 2.1 = Factur-X 1.0).
NAMESPACES = {
    "urn:ferd:pdfa:CrossIndustryDocument:invoice:1p0#": "zf",
    "urn:zugferd:pdfa:CrossIndustryDocument:invoice:2p0#": "zf",
    "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#": "fx",
}
PROPERTIES = {
    "DocumentFileName": "name of the embedded XML invoice file",
    "DocumentType": "INVOICE",
    "Version": "the actual version of the standard applying to the embedded XML invoice file",
    "ConformanceLevel": "the conformance level of the embedded XML invoice file",
}
END = "</rdf:RDF>"


@dataclass(frozen=True, slots=True)
class InvoiceMark:
    namespace: str
    values: dict[str, str]


def invoice_mark(pdf: pikepdf.Pdf) -> InvoiceMark | None:
    """What the file says of its invoice; None for files that hold none."""
    try:
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as meta:
            for namespace in NAMESPACES:
                said = {name: meta.get(f"{{{namespace}}}{name}") for name in PROPERTIES}
                values = {name: str(value)[:200] for name, value in said.items() if value}
                if values:
                    return InvoiceMark(namespace, values)
    except Exception:  # noqa: BLE001 - hostile XML: whatever is wrong with it, there is no mark
        return None
    return None


def put_back(pdf: pikepdf.Pdf, mark: InvoiceMark) -> None:
    """Add the mark to metadata that ``pikepdf.pdfa.prepare`` has written."""
    xmp = pdf.Root.Metadata.read_bytes().decode("utf-8")
    if xmp.count(END) != 1:
        return
    block = _properties(mark) + _schema(mark)
    stream = pdf.make_stream(xmp.replace(END, block + END).encode("utf-8"))
    stream.Type, stream.Subtype = Name.Metadata, Name.XML
    pdf.Root.Metadata = stream


def _properties(mark: InvoiceMark) -> str:
    prefix = NAMESPACES[mark.namespace]
    lines = "".join(
        f"<{prefix}:{name}>{escape(_printable(value))}</{prefix}:{name}>"
        for name, value in mark.values.items()
    )
    return (
        f'<rdf:Description rdf:about="" xmlns:{prefix}="{mark.namespace}">{lines}</rdf:Description>'
    )


def _schema(mark: InvoiceMark) -> str:
    properties = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{about}</pdfaProperty:description></rdf:li>"
        for name, about in PROPERTIES.items()
    )
    return (
        '<rdf:Description rdf:about="" '
        'xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" '
        'xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" '
        'xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">'
        '<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{mark.namespace}</pdfaSchema:namespaceURI>"
        f"<pdfaSchema:prefix>{NAMESPACES[mark.namespace]}</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property>"
        "</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"
    )


def _printable(text: str) -> str:
    return "".join(char for char in text if char.isprintable())
