"""The text of files without pages: whatever a mail holds, an answer and never an exception."""

from __future__ import annotations

import base64
import io
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from asn1crypto import cms
from fpdf import FPDF
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocr.accepted_kinds import FileKind
from ocr.text import file_text
from ocr.text.plain_text import text_of_html, without_marks
from ocr.text.unpaged_files import mail_fields, read_unpaged


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(
    data=st.one_of(
        st.binary(max_size=400),
        st.text(max_size=300).map(lambda text: f"Subject: {text}\r\n\r\n{text}".encode()),
        st.text(max_size=60).map(
            lambda text: f"Content-Type: text/plain; charset={text}\n\nhallo".encode()
        ),
    )
)
def test_any_bytes_give_a_page(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.eml"
    path.write_bytes(data)
    for kind in (FileKind.EML, FileKind.XML, FileKind.P7M):
        assert len(read_unpaged(path, kind).pages) == 1


def test_the_mails_of_the_collection_give_their_words(shared_data: Path) -> None:
    read = {
        path.name: read_unpaged(path, FileKind.EML).text()
        for path in sorted((shared_data / "mail").glob("*.eml"))
    }
    assert "Anlage:" in read["rmail_attachment_pdf.eml"]
    assert all("<html" not in text.lower() for text in read.values())


HEAD = b"From: a@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n"


def words(folder: Path, data: bytes, kind: FileKind = FileKind.EML) -> str:
    path = folder / "x"
    path.write_bytes(data)
    return read_unpaged(path, kind).text()


def test_html_is_read_as_it_is_shown(tmp_path: Path) -> None:
    page = (
        b"<html><head><title>t</title><style>p{color:red}</style><script>var geheim=1</script></head>"
        b"<body><p>die B&uuml;rgerversammlung<br>Stra&#223;enreinigungsgeb&#xfc;hr</p><td>eins</td>"
        b"<td>zwei</td> Geneh&shy;migungs<b>fiktion</b><!-- Kommentar --></body></html>"
    )
    text = words(tmp_path, HEAD + b"Content-Type: text/html; charset=us-ascii\r\n\r\n" + page)
    for word in (
        "B\u00fcrgerversammlung",
        "Stra\u00dfenreinigungsgeb\u00fchr",
        "Genehmigungsfiktion",
    ):
        assert word in text.split()
    assert {"eins", "zwei"} <= set(text.split())
    assert not any(word in text for word in ("geheim", "color", "Kommentar"))


@pytest.mark.parametrize(
    ("charset", "data"),
    [
        (b"", "W\u00e4rmepumpenf\u00f6rderung".encode("cp1252")),
        (b"", "W\u00e4rmepumpenf\u00f6rderung".encode()),
        (b"; charset=iso-8859-1", "W\u00e4rmepumpenf\u00f6rderung".encode("latin-1")),
        (b"; charset=us-ascii", "W\u00e4rmepumpenf\u00f6rderung".encode()),
        (b"; charset=gibtesnicht", "W\u00e4rmepumpenf\u00f6rderung".encode("cp1252")),
        (b"; charset=utf-16", "W\u00e4rmepumpenf\u00f6rderung".encode("utf-16")),
    ],
)
def test_a_text_is_read_by_its_charset_then_utf_8_then_windows(
    charset: bytes, data: bytes, tmp_path: Path
) -> None:
    mail = HEAD + b"Content-Type: text/plain" + charset + b"\r\n\r\n" + data
    assert "W\u00e4rmepumpenf\u00f6rderung" in words(tmp_path, mail)


def test_xml_is_read_by_its_declared_encoding(tmp_path: Path) -> None:
    latin = '<?xml version="1.0" encoding="ISO-8859-1"?><I><N>Stra\u00dfenbeleuchtung</N></I>'
    entity = b'<?xml version="1.0"?><I><N>M&#252;llabfuhr</N><!-- geheim --></I>'
    assert "Stra\u00dfenbeleuchtung" in words(tmp_path, latin.encode("latin-1"), FileKind.XML)
    assert "M\u00fcllabfuhr" in words(tmp_path, entity, FileKind.XML)
    assert "geheim" not in words(tmp_path, entity, FileKind.XML)


@pytest.mark.parametrize(
    "subset",
    [
        '<!ENTITY x SYSTEM "file://{secret}">',
        '<!ENTITY x PUBLIC "a" "file://{secret}">',
        '<!ENTITY % p SYSTEM "file://{secret}">%p;',
        '<!ENTITY % p SYSTEM "file://{secret}"><!ENTITY x "%p;">',
    ],
)
def test_no_entity_of_a_file_is_resolved(tmp_path: Path, subset: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text('Geheimnis <!ENTITY x "Geheimnis">')
    for document in (
        f"<!DOCTYPE a [{subset.format(secret=secret)}]><a>Text &x;</a>",
        f'<!DOCTYPE a SYSTEM "file://{secret}"><a>Text &x;</a>',
    ):
        found = words(tmp_path, document.encode(), FileKind.XML)
        assert "Geheimnis" not in found
        assert "Text" in found


def test_an_opaque_signed_mail_shows_its_text(tmp_path: Path) -> None:
    content = cms.ContentInfo({
        "content_type": "signed_data",
        "content": {
            "version": "v1",
            "digest_algorithms": [],
            "encap_content_info": {
                "content_type": "data",
                "content": b"Content-Type: text/plain\r\n\r\nUferrandstreifenprogramm",
            },
            "signer_infos": [],
        },
    }).dump()  # fmt: skip
    mail = (
        HEAD + b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(content)
    )
    assert "Uferrandstreifenprogramm" in words(tmp_path, mail)


def test_what_is_shown_is_the_part_that_is_checked(tmp_path: Path) -> None:
    """Lines that only some programs take for a delimiter are text, and what follows the last one
    is not shown."""
    mail = (
        HEAD + b'Content-Type: multipart/mixed; boundary="B"\r\n\r\n--B\r\n'
        b"Content-Type: text/plain\r\n\r\neins\r\n--B--\r\nEpilog\r\n--B\r\n"
        b"Content-Type: text/plain\r\n\r\nzwei\r\n--B--\r\n"
    )
    text = words(tmp_path, mail)
    assert "eins" in text
    assert "zwei" not in text and "Epilog" not in text


# ------------------------------------------------------------------ attachments


def pdf_about(word: str) -> bytes:
    paper = FPDF()
    for text in ("Seite eins", word):
        paper.add_page()
        paper.set_font("helvetica", size=12)
        paper.cell(text=text)
    return bytes(paper.output())


def packed(members: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def office_about(word: str, member: str = "word/document.xml") -> bytes:
    words = f"<w:t xmlns:w='w'><w:p>{word}</w:p></w:t>"
    return packed({"[Content_Types].xml": "<Types>Nebensache</Types>", member: words})


def signed_about(data: bytes) -> bytes:
    made: bytes = cms.ContentInfo({
        "content_type": "signed_data",
        "content": {
            "version": "v1",
            "digest_algorithms": [],
            "encap_content_info": {"content_type": "data", "content": data},
            "signer_infos": [],
        },
    }).dump()  # fmt: skip
    return made


def attached(
    data: bytes, name: str = "x.bin", kind: str = "application/octet-stream", field: str = ""
) -> bytes:
    named = field or f'Content-Disposition: attachment; filename="{name}"'
    return (
        HEAD + b'Content-Type: multipart/mixed; boundary="B"\r\n\r\n--B\r\n'
        b"Content-Type: text/plain\r\n\r\nAnbei.\r\n--B\r\n"
        + f"Content-Type: {kind}\r\n{named}\r\n".encode()
        + b"Content-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(data)
        + b"--B--\r\n"
    )


INNER = HEAD.replace(b": x", b": Zisternenzuschuss") + b"\r\nKleingartensatzung"
WORD = "Uferrandstreifenprogramm"
ATTACHED = {
    "a text": (WORD.encode(), "brief.txt", "text/plain"),
    "a text by its name": (WORD.encode(), "brief.TXT", "application/octet-stream"),
    "a table": (f"Nr;Name\r\n1;{WORD}\r\n".encode("cp1252"), "liste.csv", "text/csv"),
    "a text in UTF-16": (f"{WORD} ä".encode("utf-16"), "brief.txt", "text/plain"),
    "a web page": (f"<html><b>{WORD[:5]}</b>{WORD[5:]}</html>".encode(), "a.html", "text/html"),
    "XML": (f"<a>{WORD}</a>".encode(), "a.xml", "application/xml"),
    "a PDF": (pdf_about(WORD), "brief.pdf", "application/pdf"),
    "a PDF by its content": (pdf_about(WORD), "brief", "application/octet-stream"),
    "a letter of Word": (office_about(WORD), "brief.docx", "application/octet-stream"),
    "a table of Excel": (office_about(WORD, "xl/sharedStrings.xml"), "a.xlsx", "application/zip"),
    "slides": (office_about(WORD, "ppt/slides/slide1.xml"), "a.pptx", "application/zip"),
    "an open document": (office_about(WORD, "content.xml"), "a.odt", "application/zip"),
    "a zip of texts": (packed({"brief.txt": WORD}), "a.zip", "application/zip"),
    "a mail": (HEAD + b"\r\n" + WORD.encode(), "mail.eml", "application/octet-stream"),
    "a forwarded mail": (HEAD + b"\r\n" + WORD.encode(), "mail.eml", "message/rfc822"),
    "a signed text": (signed_about(HEAD + b"\r\n" + WORD.encode()), "a.p7m", "application/x"),
    "a signed PDF": (signed_about(pdf_about(WORD)), "a.pdf.p7m", "application/octet-stream"),
}


@pytest.mark.parametrize("what", ATTACHED)
def test_an_attachment_is_found_by_its_words(what: str, tmp_path: Path) -> None:
    data, name, kind = ATTACHED[what]
    text = words(tmp_path, attached(data, name, kind))
    assert WORD in text
    assert f"Anlage: {name}" in text
    assert not any(word in text for word in ("<html", "Nebensache", "<w:"))


@pytest.mark.parametrize(
    "field",
    [
        "Content-Disposition: attachment; filename*=UTF-8''Pr%C3%BCfbericht.pdf",
        'Content-Disposition: attachment; filename="=?utf-8?Q?Pr=C3=BCfbericht.pdf?="',
        "Content-Disposition: attachment; filename*0*=UTF-8''Pr%C3%BC;\r\n filename*1=fbericht.pdf",
    ],
)
def test_an_attachment_is_found_by_its_name(field: str, tmp_path: Path) -> None:
    assert "Prüfbericht.pdf" in words(tmp_path, attached(b"x", field=field))


def test_an_enclosed_mail_is_found_by_its_fields_and_its_text(tmp_path: Path) -> None:
    enclosed = (
        HEAD + b'Content-Type: multipart/mixed; boundary="B"\r\n\r\n--B\r\n'
        b"Content-Type: message/rfc822\r\n\r\n" + INNER + b"\r\n--B--\r\n"
    )
    for mail in (enclosed, attached(INNER, "m.eml", "message/rfc822")):
        text = words(tmp_path, mail)
        assert "Zisternenzuschuss" in text and "Kleingartensatzung" in text


def test_files_of_other_kinds_give_their_words_too(tmp_path: Path) -> None:
    assert WORD in words(tmp_path, signed_about(pdf_about(WORD)), FileKind.P7M)
    assert WORD in words(tmp_path, signed_about(WORD.encode()), FileKind.P7M)
    assert WORD in words(
        tmp_path, base64.encodebytes(signed_about(INNER + WORD.encode())), FileKind.P7M
    )
    clear = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{WORD}\n"
    assert WORD in words(tmp_path, clear.encode(), FileKind.OPENPGP)
    container = office_about(WORD, "brief.xml")
    assert WORD in words(tmp_path, container, FileKind.ASIC)
    wide = (HEAD + b"\r\n" + WORD.encode()).decode().encode("utf-16")
    assert WORD in words(tmp_path, wide)


def nested(levels: int) -> bytes:
    data = HEAD + b"\r\n" + WORD.encode()
    for _ in range(levels):
        data = attached(data, "m.eml", "message/rfc822")
    return data


def bomb() -> bytes:
    return packed({f"{number}.txt": "a " * 40_000 for number in range(4)})


def test_what_is_too_much_is_cut_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_text, "MOST_BYTES", 100_000)
    monkeypatch.setattr(file_text, "MOST_FILES", 8)
    many = attached(b"x", "a.txt", "text/plain").replace(b"--B--", b"")
    many += b"".join(b"--B\r\nContent-Type: application/x\r\n\r\nx\r\n" for _ in range(20))
    for mail in (nested(12), attached(bomb(), "b.zip"), many):
        path = tmp_path / "x"
        path.write_bytes(mail)
        (page,) = read_unpaged(path, FileKind.EML).pages
        assert [found.code for found in page.findings] == ["text.cut"]
    path.write_bytes(nested(3))
    assert read_unpaged(path, FileKind.EML).findings() == ()


def test_without_attachments_their_names_stay(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(attached(pdf_about(WORD), "brief.pdf"))
    read = read_unpaged(path, FileKind.EML, False)
    assert WORD not in read.text() and "Anlage: brief.pdf" in read.text()
    assert [found.code for found in read.findings()] == ["text.attachments_unread"]


@pytest.mark.parametrize(
    "damaged",
    [pdf_about(WORD)[:300], office_about(WORD)[:60], b"PK\x03\x04", b"%PDF-1.7"],
    ids=["pdf", "office", "zip", "head"],
)
def test_a_damaged_attachment_costs_only_itself(damaged: bytes, tmp_path: Path) -> None:
    assert "Anbei." in words(tmp_path, attached(damaged, "a.pdf"))


# ------------------------------------------------------------------ a mail's own fields


def test_sender_subject_and_date_are_the_mail_s_own(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(
        b"From: =?utf-8?Q?J=C3=B6rg_M=C3=BCller?= <j@example.org>\r\n"
        b"Subject: =?utf-8?B?QsO8cmdlcg==?=\r\n =?utf-8?Q?versammlung_?=\r\n am Montag\r\n"
        b"Date: Fri, 3 Apr 2026 23:30:00 +0200 (CEST)\r\n\r\nText"
    )
    found = mail_fields(path)
    assert found.sender == "Jörg Müller <j@example.org>"
    assert found.subject == "Bürgerversammlung am Montag"
    assert found.date == datetime.fromisoformat("2026-04-03T23:30:00+02:00")


@pytest.mark.parametrize(
    "field",
    [b"", b"Date: \r\n", b"Date: gestern\r\n", b"Date: Fri, 31 Feb 2026 10:00:00 +0100\r\n",
     b"Date: Fri, 3 Apr 2026 10:00:00 +0200\r\nDATE: Fri, 3 Apr 2020 10:00:00 +0200\r\n",
     b"Date: Fri, 3 Apr 99999999999 10:00:00 +9999\r\n", b"Date: =?x?\r\n",
     b"Date: Mon, 1 Jan 0001 00:00:00 +1400\r\n", b"Date: 26 Jan 0026 10:26:00 +0100\r\n",
     b"Date: Nov 28 10:00:00 0026\r\n", b"Date: 1 Jan 026 10:00:00\r\n",
     b"Date: 1 Nov 1826 10:00:00\r\n", b"Date: 28-Nov-0026 10:00:00\r\n"],
)  # fmt: skip
def test_a_date_that_is_none_or_two_is_none(field: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"From: a@b\r\nTo: c@d\r\n" + field + b"\r\nDate: 3.4.2020")
    assert mail_fields(path).date is None


@pytest.mark.parametrize(
    "field",
    [
        b"3 Apr 2026 10:00:00 +0200",
        b"3 Apr 26 10:00 -0500",
        b"Fri, 03 Apr 2026 10:00:00+0200",
        b"3 Apr 2026 10:00:00 --0400",
        b"3 Apr 2026 10:00:00 +0000 (GMT-0500)",
    ],
)
def test_a_date_of_our_time_is_one(field: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"From: a@b\r\nTo: c@d\r\nDate: " + field + b"\r\n\r\nText")
    found = mail_fields(path).date
    assert found is not None and found.year == 2026


@given(st.text(max_size=80))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_field_gives_an_answer_on_one_line(tmp_path: Path, value: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(f"From: {value}\r\nSubject: {value}\r\nDate: {value}\r\n\r\n".encode())
    found = mail_fields(path)
    for text in (found.sender, found.subject):
        assert text is None or text.isprintable()


def test_a_soft_hyphen_stays_where_it_is_shown(tmp_path: Path) -> None:
    """At a line's end alone: there the search joins the word."""
    text = "die Poli\u00ad\ntik, die Ver\u00adwal\u00ad \r\ntung\u200b"
    assert without_marks(text) == "die Poli\u00ad\ntik, die Verwal\u00ad \r\ntung"
    path = tmp_path / "x"
    path.write_bytes(
        b"Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode()
    )
    assert "die Poli\u00ad\ntik" in read_unpaged(path, FileKind.EML).text()
    read = text_of_html(b"<p>Poli&shy;\ntik, Ver&shy;ein</p>", None)
    assert "Verein" in read and "Poli\u00ad\ntik" in read


def test_a_word_in_spaced_letters_of_a_mail_is_one_word(tmp_path: Path) -> None:
    mail = b"Subject: x\r\n\r\nA n t r a g  a u f  W o h n g e l d\r\n"
    assert "Antrag auf Wohngeld" in words(tmp_path, mail, FileKind.EML)
