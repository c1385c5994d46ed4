"""Words out of HTML, XML and signed messages, as a person would read them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape, unescape
from html.entities import html5
from html.parser import HTMLParser
from itertools import chain

from lxml import etree, html

from config.charsets import as_text
from config.der import definite
from config.errors import UnreadableSignature
from config.filekind import narrow
from config.signed_messages import encapsulated
from config.wrapping import SIGNED_DATA

_MARKS = re.compile("\u00ad(?![ \t]*(?:\r|\n))|[\u200b\u200c\u2060\ufeff]")
_META = re.compile(rb"<(?:meta|\?xml)\s[^>]{0,300}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{2,40})",
                   re.IGNORECASE)  # fmt: skip
HEAD_OF_PAGE = 4096  #: bytes in which a page declares its character set
_TAG = re.compile(r"<!\[CDATA\[|\]\]>|<[^<>]{0,2000}>")
#: of these, those that part no words: no character data ends there (XML 1.0, 2.4 and 2.5)
_WITHIN = ("<!--", "<?", "<![CDATA[", "]]>")
_DOCTYPE = re.compile(
    r"<!DOCTYPE(?:[^\[<>\"']|\"[^\"]*\"|'[^']*')*+(?:\[(?:[^\]\"']|\"[^\"]*\"|'[^']*')*+\]\s*)?>"
)
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_ENTITY = re.compile(r"<!ENTITY\s+([^\s%]{1,100})\s")
_DECLARED = re.compile(r"^[\s\ufeff]*<\?xml[^>]*\?>")
NOT_SHOWN = frozenset({"script", "style", "head", "template", "title"})
#: elements that stand on lines, or in boxes, of their own
BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "button",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "frame",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "iframe",
        "label",
        "legend",
        "li",
        "listing",
        "main",
        "menu",
        "nav",
        "noframes",
        "noscript",
        "object",
        "ol",
        "optgroup",
        "option",
        "p",
        "plaintext",
        "pre",
        "section",
        "select",
        "summary",
        "table",
        "td",
        "textarea",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "xmp",
    ]
)
#: what a viewer shows of an element that holds no text: the picture's stand-in, the field's value
SHOWN = {"img": "alt", "area": "alt", "input": "value"}
NO_VALUES = frozenset({"hidden", "password", "checkbox", "radio", "image", "file"})


def text_of_html(data: bytes, charset: str | None) -> str:
    """The words of an HTML page: entities resolved, no scripts, no styles, blocks on lines.

    Never raises; of what is no HTML the characters come back.
    """
    # lxml takes no text that declares an encoding (XML 1.0, 2.8); it is decoded already.
    text = _DECLARED.sub("", as_text(data, charset, *_own_charset(data)), count=1)
    text = text.replace("\0", "")  # passed over within a page (HTML standard, 13.2.6.4.7)
    parser = html.HTMLParser(huge_tree=True)
    try:
        root = html.document_fromstring(text, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return text
    if parser.error_log.filter_from_fatals():  # it stopped there: nested too deeply
        flat = _Flat()
        flat.feed(text)
        flat.close()
        return collapsed(flat.found)
    # What follows </html> belongs to the page too (HTML standard, 13.2.6.4.22); lxml sets it beside.
    pages = (root, *root.itersiblings())
    return collapsed(chain.from_iterable((*_words(page), "\n") for page in pages))


def _own_charset(data: bytes) -> list[str]:
    """The character set that a page itself declares at its beginning (HTML 4.2.5.4); one of wide
    letters cannot be, where that can be read."""
    found = [name.decode("ascii", "replace") for name in _META.findall(data[:HEAD_OF_PAGE])]
    return ["utf-8" if name.lower().startswith("utf-16") else name for name in found]


class _Flat(HTMLParser):
    """The words of a page without its tree, for pages that are nested too deeply for one."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._hidden: str | None = None  #: the element that is open and not shown

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._hidden == "head" and (tag == "body" or tag in BLOCKS):  # its end may be left out
            self._hidden = None
        if self._hidden is None and tag in NOT_SHOWN:
            self._hidden = tag
        self.found += ["\n"] * (tag in BLOCKS)
        if self._hidden is None:
            self.found += _value(tag, {name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = None
        self.found += ["\n"] * (tag in BLOCKS)

    def handle_data(self, data: str) -> None:
        if self._hidden is None:
            self.found.append(data)


@dataclass(frozen=True, slots=True)
class Xml:
    """An XML document as text, its tree (None where it is none), and whether the tree has all of it."""

    text: str
    root: etree._Element | None
    whole: bool

    def character_data(self) -> str:
        """Each element's on a line. Of what is no XML, what stands between its tags."""
        found = "" if self.root is None else _of_tree(self.root)
        if self.whole:
            return found
        flat = collapsed([unescape(_TAG.sub(_flat_tag, _without_doctype(self.text)))])
        return flat if len(flat.split()) > len(found.split()) else found


def read_xml(data: bytes) -> Xml:
    """By the declared encoding (XML 1.0, 4.3.3), where that does not fit, by what the bytes are; with
    what can be read of a damaged document. Its own entities are included (XML 1.0, 4.4), as far as the
    parser's limit allows. Reads no other file."""
    wide = b"\0" in data[:4] or data[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = as_text(narrow(data), *(() if wide else _own_charset(data)))
    text = _with_known_letters(_DECLARED.sub("", text, count=1))
    parser = etree.XMLParser(
        load_dtd=False, resolve_entities="internal", no_network=True, huge_tree=False, recover=True,
        encoding="utf-8",
    )  # fmt: skip
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return Xml(text, None, False)
    return Xml(text, root, not parser.error_log.filter_from_fatals())  # it may have stopped there


def _with_known_letters(text: str) -> str:
    """With the letters that HTML names and no declaration does, which the parser would leave out."""
    declared = set(_ENTITY.findall(text))

    def letters(match: re.Match[str]) -> str:
        found = "" if match[1] in declared else html5.get(f"{match[1]};", "")
        return found if escape(found) == found and found else match[0]

    return _NAMED.sub(letters, text)


def _without_doctype(text: str) -> str:
    start = text.find("<!DOCTYPE")
    doctype = _DOCTYPE.match(text, start) if start >= 0 else None
    return f"{text[:start]}{text[doctype.end() :]}" if doctype else text


def _flat_tag(tag: re.Match[str]) -> str:
    return "" if tag[0].startswith(_WITHIN) else "\n"


def _of_tree(root: etree._Element) -> str:
    """In the order of the document; comments and instructions within a word do not part it."""
    return collapsed(_pieces(root))


def _pieces(root: etree._Element) -> Iterator[str]:
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        yield "\n" if event in ("start", "end") else ""
        yield (element.text if event == "start" else element.tail) or ""


def content_of_message(data: bytes) -> bytes:
    """What an opaque S/MIME message holds (RFC 8551, 3.5.2); nothing where it is none.

    Only read, never checked: whether the signature holds is asked in signing/.
    """
    if SIGNED_DATA not in data[:32]:
        return b""
    try:
        return encapsulated(definite(data))[1] or b""
    except (UnreadableSignature, ValueError, IndexError):
        return b""


def _words(root: etree._Element) -> list[str]:
    """In the order of the page; without recursion, since a page may be nested without end."""
    found: list[str] = []
    stack: list[tuple[etree._Element | str, bool]] = [(root, False)]
    while stack:
        item, closes = stack.pop()
        if isinstance(item, str):
            found.append(item)
            continue
        named = isinstance(item.tag, str)
        if closes or not named or item.tag in NOT_SHOWN:
            found += ["\n"] * (closes and item.tag in BLOCKS)
            continue
        found += ["\n"] * (item.tag in BLOCKS)
        found += _value(item.tag, item.attrib)
        stack.append((item, True))
        for child in reversed(item):
            stack += [(child.tail or "", False), (child, False)]
        stack.append((item.text or "", False))
    return found


def _value(tag: str, attributes: Mapping[str, str]) -> list[str]:
    name = SHOWN.get(tag)
    value = "" if name is None else attributes.get(name, "")
    if not value or attributes.get("type", "").lower() in NO_VALUES:
        return []
    return [" ", value, " "]


def without_marks(text: str) -> str:
    """Without joiners, byte order marks and the soft hyphens that nobody sees; one at a line's end is
    shown, and says that the word goes on in the next line."""
    return _MARKS.sub("", text)


def collapsed(parts: Iterable[str]) -> str:
    """The pieces put together, with one blank between words and no empty lines."""
    text = without_marks("".join(parts))
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)
