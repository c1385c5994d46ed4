"""The words of containers and office files: none is torn apart, and no member costs another."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from ocr.text.file_text import FileText
from ocr.text.plain_text import text_of_html
from tests.unit.ocr.test_unpaged import packed

TYPES = {"[Content_Types].xml": "<Types>Nebensache</Types>"}
ODT = {"mimetype": "application/vnd.oasis.opendocument.text"}
W = "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'"
S = "xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'"
A = "xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main'"
O = (
    "xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0' "
    "xmlns:text='urn:oasis:names:tc:opendocument:xmlns:text:1.0'"
)


def of(members: dict[str, str]) -> list[str]:
    return FileText().of(packed(members)).splitlines()


@pytest.mark.parametrize(
    ("members", "lines"),
    [
        (
            {**TYPES, "word/document.xml": f"<w:document {W}><w:body><w:p>\n <w:r><w:t>Bau</w:t></w:r>"
             "\n <w:r><w:drawing><w:posOffset>0</w:posOffset></w:drawing><w:t>genehmigung</w:t></w:r>"
             "</w:p><w:p><w:r><w:t>eins</w:t><w:tab/><w:t>zwei</w:t><w:br/><w:t>drei</w:t></w:r>"
             "<w:r><w:t xml:space='preserve'> und</w:t></w:r></w:p></w:body></w:document>"},
            ["Baugenehmigung", "eins", "zwei", "drei und"],
        ),
        (
            {**ODT, "content.xml": f"<office:body {O}><text:h>Kopf</text:h><text:p>Bau"
             "<text:span>geneh</text:span>migung<text:s/>hier<text:tab/>dort<text:line-break/>unten"
             "</text:p><text:p>Amt<text:note><text:note-citation>1</text:note-citation>"
             "<text:note-body><text:p>Fuß</text:p></text:note-body></text:note>.<!-- fern --></text:p>"
             "</office:body>"},
            ["Kopf", "Baugenehmigung hier", "dort", "unten", "Amt", "1", "Fuß", "."],
        ),
        (
            {**ODT, "content.xml": f"<office:body {O}><text:p>Text</text:p></office:body>",
             "styles.xml": f"<office:document-styles {O}><office:styles><text:p>Stil</text:p>"
             "</office:styles><office:master-styles><text:p>Fuß<text:span>zeile</text:span></text:p>"
             "</office:master-styles></office:document-styles>"},
            ["Text", "Fußzeile"],
        ),
        (
            {**TYPES, "xl/sharedStrings.xml": f"<sst {S}><si><r><t>Bau</t></r><r><t>amt</t></r></si>"
             "<si><t>zwei</t></si></sst>"},
            ["Bauamt", "zwei"],
        ),
        (
            {**TYPES, "xl/worksheets/sheet1.xml": f"<worksheet {S}><sheetData><row>"
             "<c t='inlineStr'><is><t>Zisterne</t></is></c><c t='s'><v>17</v></c>"
             "<c t='str'><f>A1</f><v>Ergebnis</v></c></row></sheetData></worksheet>"},
            ["Zisterne", "Ergebnis"],
        ),
        (
            {**TYPES, "ppt/slides/slide1.xml": f"<a:x {A}><a:p><a:r><a:t>Fo</a:t></a:r><a:r>"
             "<a:t>lie</a:t></a:r></a:p><a:p><a:r><a:t>zwei</a:t></a:r></a:p></a:x>"},
            ["Folie", "zwei"],
        ),
    ],
    ids=["docx", "odt", "odt with feet", "xlsx", "inline", "pptx"],
)  # fmt: skip
def test_the_words_of_office_files_are_whole(members: dict[str, str], lines: list[str]) -> None:
    assert of(members) == lines


FLAT_ODT = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document {O} xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
 office:mimetype="application/vnd.oasis.opendocument.text">
 <office:settings><item>Einstellung</item></office:settings>
 <office:scripts><script>Skript</script></office:scripts>
 <office:styles><style:style style:name="Stilname"><x>Stil</x></style:style></office:styles>
 <office:master-styles><style:master-page><style:footer><text:p>Fu<text:span>ß</text:span>zeile</text:p>
 </style:footer></style:master-page></office:master-styles>
 <office:body><office:text><text:p>Bau<text:span>gene</text:span>hmigung erteilt</text:p>
 <text:p><draw:frame><draw:image><office:binary-data>QkFTRQ==</office:binary-data></draw:image></draw:frame></text:p>
 </office:text></office:body></office:document>"""
FLAT_ODS = f"""<office:document {O} xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:body><office:spreadsheet>
 <table:table table:name="Blatt"><table:table-row><table:table-cell><text:p>Gebühr</text:p></table:table-cell>
 <table:table-cell><text:p>12,50</text:p></table:table-cell></table:table-row></table:table>
 </office:spreadsheet></office:body></office:document>"""
WORD_2003 = """<?mso-application progid="Word.Document"?>
<w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"
 xmlns:o="urn:schemas-microsoft-com:office:office"><o:DocumentProperties><o:Author>Nebensache</o:Author>
 </o:DocumentProperties><w:body><w:p><w:r><w:t>Bau</w:t></w:r><w:r><w:t>antrag</w:t></w:r></w:p>
 <w:p><w:r><w:pict><w:binData>QkFTRQ==</w:binData></w:pict></w:r></w:p></w:body></w:wordDocument>"""
EXCEL_2003 = """<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Styles><Style><x>Stil</x></Style></Styles>
 <Worksheet><Table><Row><Cell><Data ss:Type="String">Stra<B>ßen</B>bau</Data></Cell><Cell><Data>7</Data></Cell>
 </Row></Table></Worksheet></Workbook>"""
FLAT_OPC = f"""<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">
 <pkg:part pkg:name="/docProps/app.xml"><pkg:xmlData><p><t>Nebensache</t></p></pkg:xmlData></pkg:part>
 <pkg:part pkg:name="/word/document.xml"><pkg:xmlData><w:document {W}><w:body><w:p><w:r><w:t>Wider</w:t></w:r>
 <w:r><w:t>spruch</w:t></w:r></w:p></w:body></w:document></pkg:xmlData></pkg:part>
 <pkg:part pkg:name="/word/media/i.png"><pkg:binaryData>QkFTRQ==</pkg:binaryData></pkg:part></pkg:package>"""


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (FLAT_ODT, ["Fußzeile", "Baugenehmigung erteilt"]),
        (FLAT_ODS, ["Gebühr", "12,50"]),
        (WORD_2003, ["Bauantrag"]),
        (EXCEL_2003, ["Straßenbau", "7"]),
        (FLAT_OPC, ["Widerspruch"]),
        ("<Rechnung><Name>Straße</Name><Ort>Trier</Ort></Rechnung>", ["Straße", "Trier"]),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_the_words_of_office_files_in_one_xml_are_whole_and_no_markup(
    text: str, lines: list[str], encoding: str
) -> None:
    data = text.replace('encoding="UTF-8"', f'encoding="{encoding}"').encode(encoding)
    assert FileText().of(data).splitlines() == lines


def test_a_damaged_flat_office_file_keeps_its_words() -> None:
    found = FileText().of(FLAT_ODT.replace("</office:text>", "").encode())
    assert "Baugenehmigung erteilt" in found.splitlines()


@pytest.mark.parametrize("name", ["content.xml", "xl/sharedStrings.xml", "word/document.xml"])
def test_one_name_of_an_office_file_hides_nothing_in_a_zip(name: str) -> None:
    found = of({name: "<a>Nebenbei</a>", "brief.txt": "Hauptsache"})
    assert {"Anlage: brief.txt", "Hauptsache", f"Anlage: {name}", "Nebenbei"} <= set(found)


def test_a_file_put_into_an_office_file_is_read() -> None:
    inner = {**TYPES, "word/document.xml": "<p>Haupt</p>", "brief.txt": "Beilage"}
    assert {"Anlage: brief.txt", "Beilage"} <= set(of(inner))


def test_a_damaged_type_of_an_office_file_costs_no_words() -> None:
    data = bytearray(packed({**ODT, "content.xml": "<p>Haupt</p>"}))
    data[data.index(b"mimetype") + 8] ^= 0xFF
    assert "Haupt" in FileText().of(bytes(data)).splitlines()


def _damaged(method: int) -> bytes:
    """Three members; packed bytes of the one in the middle are broken."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "Anfang")
        archive.writestr("b.txt", " ".join(map(str, range(400))), method)
        archive.writestr("c.txt", "Ende")
        at = archive.getinfo("b.txt")
    data = bytearray(out.getvalue())
    begins = at.header_offset + 35 + 9
    data[begins : begins + 12] = b"\xff" * 12
    return bytes(data)


def _encrypted() -> bytes:
    data = bytearray(packed({"a.txt": "Anfang", "b.txt": "Mitte", "c.txt": "Ende"}))
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(b"b.txt", data.index(sign)) - (30 if flags == 6 else 46)
        struct.pack_into("<H", data, at + flags, 1)
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        *(_damaged(each) for each in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)),
        *(_damaged(each) for each in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)),
        _encrypted(),
    ],
    ids=["stored", "deflated", "bzip2", "lzma", "encrypted"],
)
def test_a_damaged_member_costs_only_itself(data: bytes) -> None:
    reader = FileText()
    found = reader.of(data).splitlines()
    assert {"Anfang", "Ende", "Anlage: b.txt"} <= set(found)
    assert reader.cut


def test_without_attachments_only_the_names_of_members_are_told() -> None:
    reader = FileText(attachments=False)
    assert reader.of(packed({"a.txt": "Anfang", "b.txt": "Ende"})).splitlines() == [
        "Anlage: a.txt",
        "Anlage: b.txt",
    ]


@pytest.mark.parametrize("deep", [300, 3000, 20_000])
def test_the_words_of_a_deep_page_are_found(deep: int) -> None:
    page = (
        "<head><title>geheim</title><body><p>vorn"
        + "<blockquote><div>" * (deep // 2)
        + "t&#105;ef"
        + "</div></blockquote>" * (deep // 2)
        + "Ende"
    )
    found = text_of_html(page.encode(), None)
    assert found.split() == ["vorn", "tief", "Ende"]


@pytest.mark.parametrize("before", ["", "\r\n", "\ufeff"])
def test_a_page_that_declares_its_encoding_is_no_source(before: str) -> None:
    page = (
        f'{before}<?xml version="1.0" encoding="UTF-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml">'
        "<body><script>geheim</script><p>Müllabfuhr</p></body></html>"
    )
    assert text_of_html(page.encode(), None) == "Müllabfuhr"


@pytest.mark.parametrize(
    ("page", "lines"),
    [
        ("<html><body>Text</body></html>Fuß", ["Text", "Fuß"]),
        ("<html><body>Text</body></html>\r\n<p>Fuß<br>Ende", ["Text", "Fuß", "Ende"]),
        ("<p>Text</p></body></html>Fuß</html>Ende", ["Text", "Fuß", "Ende"]),
        (
            "<html><p>Eins</html>\n<html><head><title>x</title></head><p>Zwei</html>",
            ["Eins", "Zwei"],
        ),
        ("<html>Text</html><script>'geheim'</script><!-- auch --><?so auch?>Fuß", ["Text", "Fuß"]),
        ("<html><p>Baugeneh\0migung</html>", ["Baugenehmigung"]),
    ],
)
def test_what_stands_behind_the_end_of_a_page_is_of_the_page(page: str, lines: list[str]) -> None:
    """Gateways append their footers there, and some programs write one page after another."""
    assert text_of_html(page.encode(), "utf-8").splitlines() == lines
