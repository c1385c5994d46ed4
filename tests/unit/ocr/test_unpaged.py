"""The text of files without pages: whatever a mail holds, an answer and never an exception."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from asn1crypto import cms
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocr.kinds import FileKind
from ocr.unpaged import read_unpaged


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


def test_no_entity_of_a_file_is_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("Geheimnis")
    data = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]><a>Text &x;</a>'.encode()
    assert "Geheimnis" not in words(tmp_path, data, FileKind.XML)


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
