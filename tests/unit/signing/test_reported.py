"""Mails and signed files that users of other programs reported; each case names the report.

Texts, names and keys are made up; what is taken over is the form of the input.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from config.filekind import FileKind, kind_of
from ingest.suggestions.from_mail import suggest_from_mail
from ocr.text.unpaged_files import mail_fields, read_unpaged
from signing.detect import detect
from signing.report.interface import Conclusion
from signing.validate import validate_file
from tests.unit.signing.make import AT, cms, pdf, sign, signer, write
from tests.unit.signing.test_containers import packed

WORD = "Uferrandstreifenprogramm"
HEAD = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: Antrag\r\nMIME-Version: 1.0\r\n"
TODAY = date(2026, 11, 27)

#: report -> the field as it came, and the day it means (none: it means nothing)
DATES = {
    "MailCore/mailcore2#1270": ("Tue Jul 24 18:55:07 2007", date(2007, 7, 24)),
    "tine20/tine20#7402": ("Thu, 6 Oct 2022 12:27:13 +0200 (GMT+02:00)", date(2022, 10, 6)),
    "mnako/letters#160": ("Thu, 14 Aug 2025 14:15:52 GMT", date(2025, 8, 14)),
    "DockYard/elixir-mail#140": ("Tue, 12 May 2020 12:08:24 UT", date(2020, 5, 12)),
    "kdeldycke/mail-deduplicate#54": ("Thu, 13 Dec 101 15:30 WET", None),
    "stalwartlabs/mail-parser#89": ("Thu, 10 Jul 1997 14:53:31 EST5EDT", date(1997, 7, 10)),
    "stalwartlabs/mail-parser#47": ("12 May 23 10:00:05 -0800", date(2023, 5, 12)),
    "neomutt/neomutt#2261 a": ("Wed,17 Jul 2002 15:41:00 +0800", date(2002, 7, 17)),
    "neomutt/neomutt#2261 b": ("Tuesday, 12 Feb 2002 13:08:10 -0500", date(2002, 2, 12)),
    "neomutt/neomutt#2261 c": ("Tue, 19 Aug 2003 12:47:46 --0400", date(2003, 8, 19)),
    "neomutt/neomutt#2261 d": ("Fri, 5 Sep 2003 13:2:1 -0800", date(2003, 9, 5)),
    "jstedfast/MimeKit#179": (
        "Thu, 1 Oct 2015 14:40:57 +0200 (Mitteleurop\xe4ische Sommerzeit)",
        date(2015, 10, 1),
    ),
}


@pytest.mark.parametrize("report", DATES)
def test_a_date_as_programs_write_it(report: str, tmp_path: Path) -> None:
    written, day = DATES[report]
    path = write(
        tmp_path, "m.eml", b"Date: " + written.encode("latin-1") + b"\r\n" + HEAD + b"\r\nx"
    )
    found = suggest_from_mail(mail_fields(path), "m.eml", TODAY)
    assert found.letter_date == day


BODY = b"\r\n" + WORD.encode()
HTML = b"Content-Type: text/html\r\n\r\n<html>" + WORD.encode() + b"</html>"
BEGINNINGS = {
    "paperless-ngx/paperless-ngx#7537": b"Subject: x\r\nFrom: a@b\r\n" + HTML,
    "paperless-ngx/paperless-ngx#13545 a": b"MIME-Version: 1.0\r\nDate: x\r\n" + HTML,
    "paperless-ngx/paperless-ngx#13545 b": b"X-Mozilla-Status: 0001\r\n" + HEAD + BODY,
    "alephdata/ingest-file#622": b"Status: RO\r\n" + HEAD + BODY,
    "eclipse-scout/scout.rt#2268": b"Return-Path: <a@b>\r\n" + HEAD + BODY,
    "sepinf-inc/IPED#1630": b"1234      \n" + HEAD + BODY + b"\n<?xml version='1.0'?><plist/>",
    "sleuthkit/autopsy#6550": b"From - Mon Jan  5 10:00:00 2026\r\n" + HEAD + BODY,
    "MediatedCommunications/Mime-Detective#28": b"Received: from x by y\r\n\tfor <z>\r\n"
    + HEAD
    + BODY,
}


@pytest.mark.parametrize("report", BEGINNINGS)
def test_a_mail_is_a_mail_by_whatever_it_begins_with(report: str, tmp_path: Path) -> None:
    path = write(tmp_path, "m", BEGINNINGS[report])
    assert kind_of(path) is FileKind.EML
    assert WORD in read_unpaged(path, FileKind.EML).text()


def mixed(*parts: bytes) -> bytes:
    inner = b"".join(b"--M\r\n" + part + b"\r\n" for part in parts)
    return HEAD + b'Content-Type: multipart/mixed; boundary="M"\r\n\r\n' + inner + b"--M--\r\n"


def coded(data: bytes, kind: bytes, fields: bytes = b"") -> bytes:
    return (
        b"Content-Type: " + kind + b"\r\n" + fields
        + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data)
    )  # fmt: skip


INNER = HEAD.replace(b"Antrag", b"Zisternenzuschuss") + BODY
NESTED = {
    "stalwartlabs/mail-parser#9": mixed(coded(INNER, b"message/rfc822")),
    "jakartaee/mail-api#147": mixed(coded(INNER, b'message/rfc822; name="a b.eml"')),
    "cyrusimap/cyrus-imapd#2385": mixed(coded(INNER, b"message/rfc822", b"X-A: b\r\n")),
    "stalwartlabs/mail-parser#84": mixed(b"Content-Type: message/rfc822\r\n\r\n" + INNER),
    "stalwartlabs/mail-parser#78": mixed(
        b"Content-Type: message/rfc822\r\n\r\n"
        + HEAD.replace(b"Antrag", b"Zisternenzuschuss")
        + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(WORD.encode())
    ),
    "rspamd/rspamd#4456": mixed(
        b"Content-Type: message/rfc822\r\n\r\n"
        + HEAD.replace(b"Antrag", b"Zisternenzuschuss")
        + b'Content-Type: multipart/alternative; boundary="N"\r\n\r\n--N\r\n'
        b"Content-Type: text/plain\r\n" + BODY + b"\r\n--N--\r\n"
    ),
    "nodemailer/mailparser#270": HEAD
    + b'Content-Type: multipart/report; report-type=delivery-status; boundary="R"\r\n\r\n--R\r\n\r\n'
    b"Unzustellbar.\r\n--R\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n--R\r\n"
    b"Content-Type: message/rfc822\r\n\r\n" + INNER + b"\r\n--R--\r\n",
}


@pytest.mark.parametrize("report", NESTED)
def test_an_enclosed_mail_is_found(report: str, tmp_path: Path) -> None:
    text = read_unpaged(write(tmp_path, "m.eml", NESTED[report]), FileKind.EML).text()
    assert WORD in text and "Zisternenzuschuss" in text


NAMES = {
    "chatmail/core#2079": (
        b"filename*0*=UTF-8''%74%65%73%74%20%61%CC%88;\r\n filename*1*=%C3%9F%2E%70%64%66",
        "test a\u0308ß.pdf",
    ),
    "roundcube/roundcubemail#10268": (
        b"filename*0*=UTF-8''%e2%82%ac;\r\n filename*1*=%e2%82%ac",
        "€€",
    ),
    "jakartaee/mail-api#74": (b"filename*0*=''attached%2E;\r\n filename*1*=%62at", "attached.bat"),
    "jbostoen/itop-jb-mail-to-ticket-automation-v2#46": (
        b"filename*0*=us-ascii'en'This%20is;\r\n filename*1*=%2A%2Afun.pdf",
        "This is**fun.pdf",
    ),
    "FlowCrypt/flowcrypt-browser#3357": (
        b"filename*0*=utf-8''Plan%20%28P%204%29.pdf.pg;\r\n filename*1=p",
        "Plan (P 4).pdf.pgp",
    ),
    "zbateson/mail-mime-parser#80": (
        b'filename="=?UTF-8?Q?=C3=9Cbersicht.docx?="',
        "Übersicht.docx",
    ),
}


@pytest.mark.parametrize("report", NAMES)
def test_an_attachment_s_name_is_found(report: str, tmp_path: Path) -> None:
    field, name = NAMES[report]
    part = coded(b"x", b"application/x", b"Content-Disposition: attachment;\r\n " + field + b"\r\n")
    text = read_unpaged(write(tmp_path, "m.eml", mixed(part)), FileKind.EML).text()
    assert f"Anlage: {name}" in text


# ------------------------------------------------------------------ signed files


@pytest.fixture(scope="module")
def messages() -> dict[str, bytes]:
    by = signer()
    letter = coded(f"{WORD}\r\n".encode(), b"text/plain", b"Content-Disposition: attachment\r\n")
    inner = b'Content-Type: multipart/mixed; boundary="I"\r\n\r\n--I\r\n' + letter + b"--I--\r\n"
    return {
        "mail": cms(inner, by, detached=False),
        "text": cms(WORD.encode(), by, detached=False),
        "pdf": cms(sign(pdf(1, WORD), by), by, detached=False),
    }


def armoured(message: bytes, begin: bytes = b"-----BEGIN PKCS7-----\n") -> bytes:
    return begin + base64.encodebytes(message) + b"-----END PKCS7-----\n"


def smime(message: bytes, name: bytes = b"smime.p7m") -> bytes:
    return HEAD + coded(message, b"application/pkcs7-mime; name=" + name)


#: report -> which message, how it comes, what it is, whether foreign bytes stand beside it
SIGNED: dict[str, tuple[str, Callable[[bytes], bytes], FileKind, bool]] = {
    "freescout-help-desk/freescout#2540": ("mail", smime, FileKind.EML, False),
    "demisto/content#4492": ("mail", lambda m: mixed(coded(m, b"application/x")), FileKind.EML, False),
    "MuckRock/muckrock#1302": ("mail", lambda m: m, FileKind.P7M, False),
    "ykarpovich/msg.reader#29": ("pdf", smime, FileKind.EML, False),
    "bcgit/bc-java#1533": (
        "text", lambda m: armoured(m, b"-----BEGIN PKCS7----- \n"), FileKind.P7M, False,
    ),
    "openjdk/jdk#30909": (
        "text", lambda m: armoured(m, b"-----BEGIN PKCS7-----\t\r\n"), FileKind.P7M, False,
    ),
    "bcgit/bc-java#758": (
        "text", lambda m: armoured(m).replace(b"\n", b"\n\n"), FileKind.P7M, False,
    ),
    "fugerit-org/fj-doc#189": ("pdf", armoured, FileKind.P7M, False),
    "aws/s2n-tls#566": ("text", lambda m: b"Bag Attributes\n" + armoured(m), FileKind.P7M, True),
    "PeculiarVentures/PKI.js#269": (
        "text", lambda m: armoured(m, b"-----BEGIN CMS-----\n"), FileKind.P7M, False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("report", SIGNED)
def test_a_signed_message_is_checked_and_found(
    report: str, messages: dict[str, bytes], tmp_path: Path
) -> None:
    which, wrap, kind, foreign = SIGNED[report]
    path = write(tmp_path, "brief", wrap(messages[which]))
    assert kind_of(path) is kind
    assert detect(path).signed or kind is FileKind.EML
    conclusion = validate_file(path, (), AT, None, "brief").conclusion
    assert conclusion is (Conclusion.INDETERMINATE if foreign else Conclusion.INTACT)
    assert WORD in read_unpaged(path, kind).text()


def test_a_quoted_openpgp_line_is_no_signature(tmp_path: Path) -> None:
    """jkraemer/mail-gpg#22"""
    quoted = HEAD + b"\r\nSie schrieben:\r\n> -----BEGIN PGP SIGNED MESSAGE-----\r\n> Ja\r\n"
    report = validate_file(write(tmp_path, "m.eml", quoted), (), AT, None, "m.eml")
    assert report.conclusion is Conclusion.UNSIGNED


@pytest.mark.parametrize("kind", ["asic-e", "asic-s"])
def test_a_container_is_no_plain_zip(kind: str, tmp_path: Path) -> None:
    """sindresorhus/file-type#421"""
    named = {"mimetype": f"application/vnd.etsi.{kind}+zip".encode(), "a.txt": b"x"}
    assert kind_of(write(tmp_path, "a.bdoc", packed(named))) is FileKind.ASIC


def test_an_office_file_is_no_container(tmp_path: Path) -> None:
    """esig/dss#82"""
    office = packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})
    assert kind_of(write(tmp_path, "a.docx", office)) is FileKind.OTHER


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_xml_with_a_mark_or_wide_characters_is_xml(encoding: str, tmp_path: Path) -> None:
    """eclipse-aas4j/aas4j#299, stella/folio#893, ZUGFeRD/mustangproject#190"""
    text = f"<Antrag><Zweck>{WORD}</Zweck></Antrag>"
    path = write(tmp_path, "a.xml", text.encode(encoding))
    assert kind_of(path) is FileKind.XML
    assert WORD in read_unpaged(path, FileKind.XML).text()
