"""The standard fonts, which a PDF may name without bringing them (ISO 32000-1, 9.6.2.2).

PDF/A wants every font embedded (ISO 19005-3, 6.2.11.4.1). pdfium brings programs of its own for the 14,
with the same widths; they go into the copy, so that its pages stay text and look as pdfium shows the
original. Only for isolated children.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pikepdf
import pypdfium2 as pdfium
from fontTools.agl import UV2AGL
from fontTools.cffLib import CFFFontSet
from fontTools.encodings.StandardEncoding import StandardEncoding
from fontTools.misc.psCharStrings import T2CharString
from fontTools.pens.basePen import NullPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.ttLib import TTFont
from pikepdf import Array, Dictionary, Name, Stream
from pypdfium2 import raw

SANS, SERIF, FIXED = "Helvetica", "Times", "Courier"
SYMBOL, DINGBATS = "Symbol", "ZapfDingbats"
#: Names of other vendors for fonts of the same widths, as viewers take them.
FAMILIES = {
    **dict.fromkeys(("Helvetica", "Arial"), SANS),
    "TimesNewRoman": SERIF,
    **dict.fromkeys(("Courier", "CourierNew"), FIXED),
}
STYLES = {"": 0, "Bold": 1, "Italic": 2, "Oblique": 2, "BoldItalic": 3, "BoldOblique": 3}
FACES = {
    SANS: ("Helvetica", "Helvetica-Bold", "Helvetica-Oblique", "Helvetica-BoldOblique"),
    SERIF: ("Times-Roman", "Times-Bold", "Times-Italic", "Times-BoldItalic"),
    FIXED: ("Courier", "Courier-Bold", "Courier-Oblique", "Courier-BoldOblique"),
}
NAMES = tuple(name for faces in FACES.values() for name in faces) + (SYMBOL, DINGBATS)
#: Where pdfium's programs have other widths than the fonts of the norm (Adobe's font metrics), those of
#: the norm: producers state them, and lay out their pages by them.
NORM_WIDTHS: Mapping[str, Mapping[str, int]] = {
    "Helvetica": {"Euro": 556, "guilsinglright": 333, "guillemotleft": 556, "guillemotright": 556},
    "Helvetica-Bold": {"Euro": 556, "at": 975},
    "Helvetica-Oblique": {"Euro": 556, "at": 1015, "guilsinglleft": 333},
    "Helvetica-BoldOblique": {"Euro": 556, "at": 975, "five": 556, "oslash": 611},
    "Times-Roman": {"Euro": 500},
    "Times-Bold": {"Euro": 500},
    "Times-BoldItalic": {"Euro": 500},
}
NAMED = re.compile(r"([A-Za-z]+?)(?:PS)?(?:MT)?(?:[-,]([A-Za-z]*?)(?:MT)?)?")
COMPACT_FONT = b"\x01\x00"  #: how a bare CFF program begins; other data is a font of the machine's
NOTHING = ".notdef"
CODES = 256
MOST = 1_000  #: fonts of a file
LEADING_BACK = ("/P", "/Parent", "/Popup")  #: keys of pages and annotations
STEP = "Standardschriften eingebettet, die die Datei nicht mitbringt: "


def _encoded(codec: str, otherwise: Mapping[int, str]) -> tuple[str, ...]:
    """Glyph names of an encoding that a codec of Python's knows, but for some codes."""
    glyphs = []
    for code in range(CODES):
        sign = bytes([code]).decode(codec, "ignore")
        glyph = UV2AGL.get(ord(sign), NOTHING) if sign and code >= 32 else NOTHING
        glyphs.append(otherwise.get(code, glyph))
    return tuple(glyphs)


#: ISO 32000-1, D.2, with its footnotes.
ENCODINGS = {
    "/WinAnsiEncoding": _encoded(
        "cp1252",
        {0xA0: "space", 0xAD: "hyphen"}
        | {0xB2: "twosuperior", 0xB3: "threesuperior", 0xB9: "onesuperior"},
    ),
    "/MacRomanEncoding": _encoded(
        "mac_roman", {0xCA: "space", 0xDB: "currency", 0xDE: "fi", 0xDF: "fl"}
    ),
}
#: Codes of the two fonts that have an encoding of their own (ISO 32000-1, D.5 and D.6).
OWN_CODES = {
    SYMBOL: {
        32: """space exclam universal numbersign existential percent ampersand suchthat parenleft
            parenright asteriskmath plus comma minus period slash zero one two three four five six
            seven eight nine colon semicolon less equal greater question congruent Alpha Beta Chi
            Delta Epsilon Phi Gamma Eta Iota theta1 Kappa Lambda Mu Nu Omicron Pi Theta Rho Sigma
            Tau Upsilon sigma1 Omega Xi Psi Zeta bracketleft therefore bracketright perpendicular
            underscore radicalex alpha beta chi delta epsilon phi gamma eta iota phi1 kappa lambda
            mu nu omicron pi theta rho sigma tau upsilon omega1 omega xi psi zeta braceleft bar
            braceright similar""",
        160: """Euro Upsilon1 minute lessequal fraction infinity florin club diamond heart spade
            arrowboth arrowleft arrowup arrowright arrowdown degree plusminus second greaterequal
            multiply proportional partialdiff bullet divide notequal equivalence approxequal
            ellipsis arrowvertex arrowhorizex carriagereturn aleph Ifraktur Rfraktur weierstrass
            circlemultiply circleplus emptyset intersection union propersuperset reflexsuperset
            notsubset propersubset reflexsubset element notelement angle gradient registerserif
            copyrightserif trademarkserif product radical dotmath logicalnot logicaland logicalor
            arrowdblboth arrowdblleft arrowdblup arrowdblright arrowdbldown lozenge angleleft
            registersans copyrightsans trademarksans summation parenlefttp parenleftex parenleftbt
            bracketlefttp bracketleftex bracketleftbt bracelefttp braceleftmid braceleftbt
            braceex""",
        241: """angleright integral integraltp integralex integralbt parenrighttp parenrightex
            parenrightbt bracketrighttp bracketrightex bracketrightbt bracerighttp bracerightmid
            bracerightbt""",
    },
    DINGBATS: {
        32: """space a1 a2 a202 a3 a4 a5 a119 a118 a117 a11 a12 a13 a14 a15 a16 a105 a17 a18 a19
            a20 a21 a22 a23 a24 a25 a26 a27 a28 a6 a7 a8 a9 a10 a29 a30 a31 a32 a33 a34 a35 a36 a37
            a38 a39 a40 a41 a42 a43 a44 a45 a46 a47 a48 a49 a50 a51 a52 a53 a54 a55 a56 a57 a58 a59
            a60 a61 a62 a63 a64 a65 a66 a67 a68 a69 a70 a71 a72 a73 a74 a203 a75 a204 a76 a77 a78
            a79 a81 a82 a83 a84 a97 a98 a99 a100""",
        128: "a89 a90 a93 a94 a91 a92 a205 a85 a206 a86 a87 a88 a95 a96",
        161: """a101 a102 a103 a104 a106 a107 a108 a112 a111 a110 a109 a120 a121 a122 a123 a124
            a125 a126 a127 a128 a129 a130 a131 a132 a133 a134 a135 a136 a137 a138 a139 a140 a141
            a142 a143 a144 a145 a146 a147 a148 a149 a150 a151 a152 a153 a154 a155 a156 a157 a158
            a159 a160 a161 a163 a164 a196 a165 a192 a166 a167 a168 a169 a170 a171 a172 a173 a162
            a174 a175 a176 a177 a178 a179 a193 a180 a199 a181 a200 a182""",
        241: "a201 a183 a184 a197 a185 a194 a198 a186 a195 a187 a188 a189 a190 a191",
    },
}


@dataclass(frozen=True, slots=True)
class Program:
    """A font program as pdfium has it: bare CFF."""

    data: bytes
    flags: int  #: ISO 32000-1, table 123
    italic_angle: int  #: degrees


@dataclass(frozen=True, slots=True)
class Measures:
    """Of a program, in thousandths of an em."""

    widths: Mapping[str, float]  #: by the glyph's name
    box: tuple[int, ...]


def standard_name(name: str) -> str | None:
    """The standard font that viewers show a font of this name with; None: they differ, or none.

    >>> standard_name("Arial,Bold"), standard_name("TimesNewRomanPS-ItalicMT")
    ('Helvetica-Bold', 'Times-Italic')
    """
    plain = name.replace(" ", "").removeprefix("/")
    if plain in NAMES:
        return plain
    found = NAMED.fullmatch(plain)
    if found is None:
        return None
    family, style = FAMILIES.get(found[1]), STYLES.get(found[2] or "")
    return None if family is None or style is None else FACES[family][style]


@functools.cache
def programs() -> Mapping[str, Program]:
    """By standard name; without those that pdfium takes from the machine's own fonts."""
    data = io.BytesIO()
    with pikepdf.new() as pdf:
        for name in NAMES:
            font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name("/" + name))
            page = pdf.add_blank_page(page_size=(72, 72))
            page.obj.Resources = Dictionary(Font=Dictionary(F=font))
            page.obj.Contents = pdf.make_stream(b"BT /F 12 Tf (a) Tj ET")
        pdf.save(data)
    document = pdfium.PdfDocument(data.getvalue())
    try:
        found = {name: _shown_with(document[number], name) for number, name in enumerate(NAMES)}
    finally:
        document.close()
    return {name: program for name, program in found.items() if program is not None}


def _shown_with(page: pdfium.PdfPage, name: str) -> Program | None:
    [item] = page.get_objects()
    font = raw.FPDFTextObj_GetFont(item.raw)
    length = ctypes.c_size_t()
    if not raw.FPDFFont_GetFontData(font, None, 0, length):
        return None
    buffer = (ctypes.c_uint8 * length.value)()
    raw.FPDFFont_GetFontData(font, buffer, length.value, length)
    data, angle = bytes(buffer), ctypes.c_int()
    if not data.startswith(COMPACT_FONT):
        return None
    raw.FPDFFont_GetItalicAngle(font, angle)
    return Program(_with_norm_widths(name, data), raw.FPDFFont_GetFlags(font), angle.value)


def _with_norm_widths(name: str, data: bytes) -> bytes:
    """The program with the widths of ``NORM_WIDTHS``; its shapes stay, as pdfium shows them so."""
    wanted = NORM_WIDTHS.get(name, {})
    if not wanted:
        return data
    fonts = CFFFontSet()
    fonts.decompile(io.BytesIO(data), None)
    font = fonts[0]
    for glyph, width in wanted.items():
        outline = font.CharStrings[glyph]
        pen = T2CharStringPen(width - outline.private.nominalWidthX, None)
        outline.draw(pen)
        font.CharStrings[glyph] = pen.getCharString(outline.private, outline.globalSubrs)
    made = io.BytesIO()
    fonts.compile(made, TTFont(recalcBBoxes=False), isCFF2=False)
    return made.getvalue()


@functools.cache
def measures(name: str) -> Measures:
    """Of the program of this standard name; raises ``KeyError`` where there is none."""
    fonts = CFFFontSet()
    fonts.decompile(io.BytesIO(programs()[name].data), None)
    font = fonts[0]
    widths = {glyph: _width(font.CharStrings[glyph]) for glyph in font.charset if glyph != NOTHING}
    return Measures(widths, tuple(font.FontBBox))


def _width(outline: T2CharString) -> float:
    outline.draw(NullPen())  # it stands at the head of the outline
    return float(outline.width)


def embed_standard_fonts(pdf: pikepdf.Pdf) -> list[str]:
    """Embed what pages use of the standard fonts; says so, for the note.

    Stated widths stay. Whether they fit what is used of a font is what veraPDF says afterwards; so it
    does of a damaged font, which stays as it is.
    """
    files: dict[str, pikepdf.Object] = {}
    for font in list(_fonts(pdf)):
        with contextlib.suppress(ValueError, TypeError, pikepdf.PdfError):
            name = _may_be_embedded(font)
            if name is None or name not in programs() or not _has_all_signs(font, name):
                continue
            if name not in files:
                files[name] = pdf.make_stream(programs()[name].data, Subtype=Name.Type1C)
            _embed(pdf, font, name, files[name])
    return [STEP + ", ".join(sorted(files))] if files else []


# ------------------------------------------------------------------ fonts of a file


def _fonts(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Font dictionaries that pages lead to: in resources of pages, forms, patterns, appearances."""
    ahead: list[pikepdf.Object] = [
        page.obj[key] for page in pdf.pages for key in ("/Resources", "/Annots") if key in page.obj
    ]
    seen: set[tuple[int, int]] = set()
    count = 0
    while ahead and count < MOST:
        item = ahead.pop()
        if not isinstance(item, Array | Dictionary | Stream):
            continue
        if item.is_indirect:
            if item.objgen in seen:
                continue
            seen.add(item.objgen)
        if isinstance(item, Array):
            ahead += list(item)
            continue
        if "/BaseFont" in item and item.get("/Subtype") in (Name.Type1, Name.TrueType):
            count += 1
            yield item
            continue
        back = LEADING_BACK if _is_page_or_annotation(item) else ()
        ahead += [value for key, value in item.items() if key not in back]


def _is_page_or_annotation(item: pikepdf.Object) -> bool:
    """Elsewhere keys may be names of resources, which a producer chooses: /P is a font there."""
    return item.get("/Type") in (Name.Page, Name.Annot) or isinstance(item.get("/Rect"), Array)


def _may_be_embedded(font: pikepdf.Object) -> str | None:
    """The standard font's name, where the file does not bring the font and its codes are known."""
    base = font.get("/BaseFont")
    name = standard_name(str(base)) if isinstance(base, Name) else None
    descriptor = font.get("/FontDescriptor")
    if name is None or (
        isinstance(descriptor, Dictionary)
        and any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))
    ):
        return None
    encoding = font.get("/Encoding")
    if isinstance(encoding, Dictionary):
        return name
    if encoding in (Name.WinAnsiEncoding, Name.MacRomanEncoding, Name.StandardEncoding):
        return name
    # Without one viewers take the standard encoding; of the two with codes of their own as Type 1 only.
    known = font.Subtype == Name.Type1 or name not in OWN_CODES
    return name if encoding is None and known else None


def _has_all_signs(font: pikepdf.Object, name: str) -> bool:
    """Whether the program draws every sign that the font's own encoding names.

    Viewers know further names, such as /uni20AC; embedded, the sign would be lost, and its width 0.
    """
    named = (
        str(item).removeprefix("/")
        for item in _differences(font.get("/Encoding"))
        if not isinstance(item, int)
    )
    drawn = measures(name).widths
    return all(glyph in drawn for glyph in named if glyph not in ("", NOTHING))


def glyphs(font: pikepdf.Object, name: str) -> list[str]:
    """The glyph's name for each code (ISO 32000-1, 9.6.6); ``.notdef`` where there is none."""
    stated = font.get("/Encoding")
    base = stated.get("/BaseEncoding") if isinstance(stated, Dictionary) else stated
    if name in OWN_CODES:
        found = _own_codes(name)
    else:
        found = list(ENCODINGS.get(str(base), StandardEncoding))
    code = 0
    for item in _differences(stated):
        if isinstance(item, int):
            code = item
        elif 0 <= code < CODES:
            found[code] = str(item).removeprefix("/") or NOTHING
            code += 1
    return found


def _own_codes(name: str) -> list[str]:
    glyphs = [NOTHING] * CODES
    for start, names in OWN_CODES[name].items():
        told = names.split()
        glyphs[start : start + len(told)] = told
    return glyphs


def _differences(encoding: pikepdf.Object | None) -> list[pikepdf.Object | int]:
    told = encoding.get("/Differences") if isinstance(encoding, Dictionary) else None
    items = list(told)[: 2 * CODES] if isinstance(told, Array) else []
    return [item for item in items if isinstance(item, Name | int)]


def _embed(pdf: pikepdf.Pdf, font: pikepdf.Object, name: str, file: pikepdf.Object) -> None:
    program, measured, codes = programs()[name], measures(name), glyphs(font, name)
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name("/" + name),
        Flags=program.flags,
        FontBBox=Array(list(measured.box)),
        ItalicAngle=program.italic_angle,
        Ascent=measured.box[3],
        Descent=measured.box[1],
        CapHeight=measured.box[3],
        StemV=140 if "Bold" in name else 80,
        FontFile3=file,
    )
    old = font.get("/FontDescriptor")
    if isinstance(old, Dictionary) and "/MissingWidth" in old:
        descriptor.MissingWidth = old.MissingWidth
    if name in OWN_CODES:  # the program's own encoding is another
        told = Array([0, *(Name("/" + glyph) for glyph in codes)])
        font.Encoding = Dictionary(Type=Name.Encoding, Differences=told)
    if "/Widths" not in font:  # stated ones lay out the page; veraPDF judges whether they fit
        font.FirstChar, font.LastChar = 0, CODES - 1
        font.Widths = Array([round(measured.widths.get(glyph, 0.0)) for glyph in codes])
    font.Subtype = Name.Type1
    font.BaseFont = Name("/" + name)
    font.FontDescriptor = pdf.make_indirect(descriptor)
