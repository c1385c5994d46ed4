"""What in a PDF could act: launch actions, scripts, embedded programs, forms that draw themselves."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

MOST_OBJECTS = 2_000_000
DEEPEST = 60
HEAD = 4096  #: bytes of an embedded file that are looked at
PROGRAM_NAMES = frozenset(
    [
        *("exe", "dll", "com", "scr", "pif", "cpl", "bat", "cmd", "ps1", "psm1", "vbs", "vbe"),
        *("js", "jse", "wsf", "wsh", "hta", "msi", "msp", "msix", "jar", "lnk", "reg", "sys"),
        *("app", "apk", "deb", "rpm", "sh", "bash", "run", "command", "scf", "chm", "iso", "vhd"),
    ]
)
PROGRAM_STARTS = (
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
)
#: Names as they may be spelt in the raw bytes: any character as #xx (ISO 32000-1, 7.3.5).
RAW_LAUNCH = re.compile(
    rb"/(?:L|#4[cC])(?:a|#61)(?:u|#75)(?:n|#6[eE])(?:c|#63)(?:h|#68)[\s/<>\[\](]"
)
RAW_SCRIPT = re.compile(
    rb"/(?:J|#4[aA])(?:S|#53|(?:a|#61)(?:v|#76)(?:a|#61)(?:S|#53)(?:c|#63)(?:r|#72)(?:i|#69)(?:p|#70)(?:t|#74))"
    rb"[\s/<>\[\](]"
)


@dataclass(slots=True)
class Active:
    """What was seen; counts, and names of embedded files."""

    launches: int = 0
    scripts: int = 0
    media: int = 0
    programs: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)
    locked_attachments: int = 0
    dynamic_form: bool = False
    portfolio: bool = False  #: its pages are a cover, the documents are its attachments
    complete: bool = True  #: everything could be looked at


def look(pdf: pikepdf.Pdf) -> Active:
    """Walk over every object of the file, reachable or not."""
    seen = Active()
    form = pdf.Root.get("/AcroForm")
    seen.dynamic_form = (isinstance(form, Dictionary) and "/XFA" in form) or bool(
        pdf.Root.get("/NeedsRendering", False)
    )
    seen.portfolio = "/Collection" in pdf.Root
    for number, item in enumerate(_objects(pdf, seen)):
        if number > MOST_OBJECTS:
            seen.complete = False
            break
        _judge(item, seen)
    seen.attachments = sorted(set(seen.attachments))
    seen.programs = sorted(set(seen.programs))
    return seen


def _objects(pdf: pikepdf.Pdf, seen: Active) -> Iterator[pikepdf.Object]:
    for top in pdf.objects:
        try:
            yield from _inside(top, 0, seen)
        except (pikepdf.PdfError, RuntimeError, ValueError, TypeError):
            seen.complete = False


def _inside(item: pikepdf.Object, depth: int, seen: Active) -> Iterator[pikepdf.Object]:
    """Dictionaries of one object, its direct children included."""
    if depth > DEEPEST:
        seen.complete = False
        return
    if isinstance(item, Array):
        for child in item:
            if _is_direct_container(child):
                yield from _inside(child, depth + 1, seen)
    elif isinstance(item, Dictionary | Stream):
        yield item
        for child in item.values():
            if _is_direct_container(child):
                yield from _inside(child, depth + 1, seen)


def _is_direct_container(child: object) -> bool:
    return isinstance(child, Array | Dictionary) and not child.is_indirect


def _judge(item: pikepdf.Object, seen: Active) -> None:
    kind = item.get("/S")
    if kind == Name.Launch:
        seen.launches += 1
    elif kind == Name.JavaScript or (kind != Name.JavaScript and "/JS" in item):
        seen.scripts += 1
    if item.get("/Subtype") in (Name.RichMedia, Name.Movie, Name.Screen, Name.Sound, Name("/3D")):
        seen.media += 1
    files = item.get("/EF")
    if isinstance(files, Dictionary):
        _embedded(item, files, seen)


def _embedded(spec: pikepdf.Object, files: pikepdf.Object, seen: Active) -> None:
    name = _file_name(spec)
    seen.attachments.append(name)
    content = files.get("/UF", files.get("/F"))
    head = b""
    if isinstance(content, Stream):
        try:
            head = head_of(content)
        except (pikepdf.PdfError, RuntimeError, ValueError, zlib.error):
            seen.locked_attachments += 1
    if is_program(name, head):
        seen.programs.append(name)


def _file_name(spec: pikepdf.Object) -> str:
    for key in ("/UF", "/F"):
        value = spec.get(key)
        if value is not None:
            return printable(str(value))[:255]
    return "ohne Namen"


def head_of(content: pikepdf.Object) -> bytes:
    """The first bytes of a stream; a bomb is not blown up for them."""
    if content.get("/Filter") == Name.FlateDecode and "/DecodeParms" not in content:
        raw = content.read_raw_bytes()
        return zlib.decompressobj().decompress(raw, HEAD)
    return content.read_bytes()[:HEAD]


def is_program(name: str, head: bytes) -> bool:
    """Something that a double click would run."""
    ending = PurePosixPath(name.replace("\\", "/").strip(". ").lower()).suffix.removeprefix(".")
    return ending in PROGRAM_NAMES or head.startswith(PROGRAM_STARTS)


def printable(text: str) -> str:
    """One line that can be shown: control and direction characters replaced."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
