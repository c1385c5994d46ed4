"""Words out of office files (ISO/IEC 29500, ISO/IEC 26300), as a person would read them.

Word processors cut a word into runs wherever its form or its history changes; only paragraphs,
cells and breaks part words.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator

from lxml import etree

from ocr.plain_text import collapsed, text_of_xml

#: Where an office file keeps its words.
_WORDS = re.compile(
    r"word/(document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml|xl/sharedStrings\.xml"
    r"|xl/worksheets/[^/]+\.xml|ppt/(slides|notesSlides)/[^/]+\.xml|content\.xml"
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
    parser = etree.XMLParser(
        load_dtd=False, resolve_entities=False, no_network=True, huge_tree=False, recover=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        return text_of_xml(data)
    return collapsed(_open_document(root) if name == "content.xml" else _open_xml(root))


def _walk(root: etree._Element) -> Iterator[tuple[str, str, etree._Element]]:
    """Event, name without prefix, element; comments and instructions are not shown."""
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        named = isinstance(element.tag, str)
        yield event, etree.QName(element).localname if named else "", element


def _open_document(root: etree._Element) -> Iterator[str]:
    """Text stands in and behind elements (ISO/IEC 26300, 6.1)."""
    for event, name, element in _walk(root):
        if name in _BLOCKS:
            yield "\n"
        if event == "start":
            yield _SIGNS.get(name, "")
            yield element.text or ""
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
