"""Words out of office files (ISO/IEC 29500, ISO/IEC 26300), as a person would read them.

Word processors cut a word into runs wherever its form or its history changes; only paragraphs,
cells and breaks part words.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator

from lxml import etree

from ocr.text.plain_text import collapsed, read_xml

#: Where an office file keeps its words.
_WORDS = re.compile(
    r"word/(document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml|xl/sharedStrings\.xml"
    r"|xl/worksheets/[^/]+\.xml|ppt/(slides|notesSlides)/[^/]+\.xml|(content|styles)\.xml"
)
#: What else such a file is made of, without words of its writer. Files put into it are not here.
_PARTS = re.compile(
    r"mimetype|META-INF/.*|\[Content_Types\]\.xml|(.*/)?_rels/.*|(docProps|customXml)/.*"
    r"|(word|xl|ppt)/(?!embeddings/).*|(styles|settings|meta)\.xml|manifest\.rdf|layout-cache"
    r"|(Thumbnails|Configurations2|Pictures|ObjectReplacements)/.*"
)
_ODF = b"application/vnd.oasis.opendocument."
#: Elements that part words, by their names without prefix.
_BLOCKS = frozenset(
    ["p", "h", "tab", "br", "cr", "si", "is", "c", "tc", "tr", "table-cell", "line-break", "note"]
    + ["note-citation", "annotation", "list-item"]
)
_SIGNS = {"s": " ", "noBreakHyphen": "-"}
#: Office files in one XML, by their root: ISO/IEC 26300-1, 3.1.2; Flat OPC; Word and Excel of 2003.
_FLAT_ODF = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}document"
_FLAT_OPC = "{http://schemas.microsoft.com/office/2006/xmlPackage}package"
_WORD_2003 = "{http://schemas.microsoft.com/office/word/2003/wordml}wordDocument"
_EXCEL_2003 = "{urn:schemas-microsoft-com:office:spreadsheet}Workbook"


def is_office(archive: zipfile.ZipFile) -> bool:
    """Whether a zip is an office file by what it says of itself, not by one member's name.

    Raises what zipfile raises for a damaged member.
    """
    names = archive.NameToInfo
    if "[Content_Types].xml" in names:
        return any(_WORDS.fullmatch(name) for name in names)
    if "mimetype" not in names or "content.xml" not in names:
        return False
    with archive.open("mimetype") as member:
        return member.read(len(_ODF)) == _ODF


def has_words(name: str) -> bool:
    """Whether a member of an office file holds what its writer wrote."""
    return _WORDS.fullmatch(name) is not None


def is_part(name: str) -> bool:
    """Whether a member belongs to the form of an office file; others are files put into it."""
    return _PARTS.fullmatch(name) is not None


def text_of_office(data: bytes, name: str) -> str:
    """The words of the member ``name`` of an office file, in its order, paragraphs on lines."""
    document = read_xml(data)
    root = document.root
    if root is None:
        return document.character_data()
    if name == "styles.xml":  # of ODF: heads and feet of the pages are with the styles
        return collapsed(_flat_document(root))
    return collapsed(_open_document(root) if name == "content.xml" else _open_xml(root))


def text_of_xml_file(data: bytes) -> str:
    """The words of an XML document; of an office file in one XML (flat ODF and the like) those of its
    writer, whole, without pictures, settings and programs in it."""
    document = read_xml(data)
    root = document.root
    if root is None:
        return document.character_data()
    words = {
        _FLAT_ODF: _flat_document,
        _FLAT_OPC: _flat_package,
        _WORD_2003: _open_xml,
        _EXCEL_2003: _workbook,
    }.get(root.tag)
    return collapsed(words(root)) if words else document.character_data()


def _flat_document(root: etree._Element) -> Iterator[str]:
    """What stands on the pages and in their heads and feet."""
    for child in root:
        if isinstance(child.tag, str) and etree.QName(child).localname in ("master-styles", "body"):
            yield from _open_document(child, without="binary-data")


def _flat_package(root: etree._Element) -> Iterator[str]:
    space = etree.QName(root).namespace
    for part in root.iterchildren(f"{{{space}}}part"):
        if has_words(part.get(f"{{{space}}}name", "").removeprefix("/")):
            yield from _open_xml(part)


def _workbook(root: etree._Element) -> Iterator[str]:
    """Words stand in cells, and may be in pieces there."""
    within = 0
    for event, name, element in _walk(root):
        if name == "Data":
            yield "\n"
            within += {"start": 1, "end": -1}.get(event, 0)
        if event == "start":
            yield (element.text or "") if within else ""
        else:
            yield (element.tail or "") if within and name != "Data" else ""


def _walk(root: etree._Element) -> Iterator[tuple[str, str, etree._Element]]:
    """Event, name without prefix, element; comments and instructions are not shown."""
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        named = isinstance(element.tag, str)
        yield event, etree.QName(element).localname if named else "", element


def _open_document(root: etree._Element, *, without: str = "") -> Iterator[str]:
    """Text stands in and behind elements (ISO/IEC 26300, 6.1); not that in elements of this name."""
    for event, name, element in _walk(root):
        if name in _BLOCKS:
            yield "\n"
        if event == "start":
            yield _SIGNS.get(name, "")
            yield "" if name == without else element.text or ""
        else:
            yield element.tail or ""


def _open_xml(root: etree._Element) -> Iterator[str]:
    """Text stands in ``t`` alone, what a formula gives in ``v`` (ISO/IEC 29500-1, 17.3.3.31,
    18.3.1.96)."""
    within = 0
    for event, name, element in _walk(root):
        if name in _BLOCKS:
            yield "\n"
        within += {"start": 1, "end": -1}.get(event, 0) if name == "t" else 0
        if event == "start":
            parent = element.getparent()
            result = name == "v" and parent is not None and parent.get("t") == "str"
            yield _SIGNS.get(name, "") if name != "s" else ""
            yield (element.text or "") if within or result else ""
