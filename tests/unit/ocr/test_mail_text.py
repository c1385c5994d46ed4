"""Mails as other programs write them: all their words are found, and none that nobody sees.

Where a project is named, its users reported the form; the texts are made up.
"""

from __future__ import annotations

import base64
import binascii
import bz2
import gzip
import io
import zipfile
from itertools import pairwise

import pytest
from fpdf import FPDF
from fpdf.enums import TextMode

from ocr.text.file_text import DEPTH, FileText

HEAD = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
FOUND = "Bürgerbegehren"


def words(data: bytes) -> str:
    return FileText().of(data)


def mail(kind: bytes, body: bytes, encoding: bytes = b"8bit") -> bytes:
    fields = b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: " + encoding
    return HEAD + fields + b"\r\n\r\n" + body


PART = b"--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + FOUND.encode() + b"\r\n--x--\r\n"
FORMS = {
    "no boundary": mail(b"multipart/mixed", PART),
    "a boundary that stands nowhere": mail(b'multipart/mixed; boundary="y"', FOUND.encode()),
    "a quote that is not closed": mail(b'multipart/mixed; boundary="x', PART),
    "multipart in base64": mail(
        b'multipart/mixed; boundary="x"', base64.encodebytes(PART), b"base64"
    ),
    "cyrusimap/cyrus-imapd#3048": mail(
        b"multipart/mixed; boundary*0*=us-ascii''%78;\r\n boundary*1*=%78",
        PART.replace(b"--x", b"--xx"),
    ),
    "Cisco-Talos/clamav#1814": mail(
        b'multipart/mixed; boundary=" x"', PART.replace(b"--x", b"-- x")
    ),
    "a blank before the colon": HEAD.replace(b"MIME-Version:", b"MIME-Version :")
    + b"Content-Type : text/html\r\n\r\n<style>p{}</style>B&uuml;rger<b>begehren</b>",
    "an encoding with a comment": mail(
        b"text/plain; charset=utf-8", base64.encodebytes(FOUND.encode()), b'"Base64" (x)'
    ),
    "bbottema/outlook-message-parser#34": mail(
        b"text/html", b'<meta charset="windows-1250">' + FOUND.encode("cp1250")
    ),
    "XHTML": mail(
        b"text/html",
        b'<?xml version="1.0" encoding="cp850"?><html><p>' + FOUND.encode("cp850") + b"</p></html>",
    ),
    "a report of delivery": mail(
        b'multipart/report; boundary="x"',
        b"--x\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; a@b\r\n"
        b"Diagnostic-Code: smtp; 550 B\xfcrgerbegehren voll\r\n--x--\r\n",
    ),
    "a filter's fields first": b"".join(b"X-Filter: " + b"a" * 900 + b"\r\n" for _ in range(9))
    + mail(b"text/plain; charset=utf-8", FOUND.encode()),
    "one long field first": b"ARC-Seal: b=" + b"a" * 9000 + b"\r\n" + mail(b"text/plain", FOUND.encode()),
    "a thin blank within the word": mail(b"text/html", b"B&uuml;rger&zwnj;bege&shy;hren"),
    "the text of a picture": mail(b"text/html", b"<img src='cid:1' alt='B&uuml;rgerbegehren'>x"),
    "the value of a field": mail(b"text/html", b"<input value='B&uuml;rgerbegehren'>x"),
    "for programs without scripts": mail(b"text/html", b"<noscript>B&uuml;rgerbegehren</noscript>"),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_the_words_are_found(form: str) -> None:
    assert FOUND in words(FORMS[form])


XML = '<?xml version="1.0" encoding="{}"?>\n<I><N>Straße 5 € „A“</N></I>'
DOCUMENTS = {
    "one set declared, another written": XML.format("utf-8").encode("cp1252"),
    "ASCII declared": XML.format("us-ascii").encode("cp1252"),
    "Latin-1 as Windows means it": XML.format("iso-8859-1").encode("cp1252"),
    "a mark of UTF-8": XML.format("iso-8859-1").encode("utf-8-sig"),
    "wide letters declared": XML.format("utf-16").encode(),
    "wide letters": XML.format("utf-16").encode("utf-16"),
    "nested deeply": b"<a>" * 5000 + XML.format("utf-8")[39:].encode() + b"</a>" * 5000,
    "not well formed": "<a>1 & 2<b>x</a><c>Straße 5 € „A“</c>".encode(),
    "sections": "<a><![CDATA[Straße <b>5</b> € „A“]]></a>".encode(),
}


ENTITIES = "<!DOCTYPE I [<!ENTITY sz 'ß'><!ENTITY amt 'Amt <b>Süd</b>'><!ENTITY uuml 'Ü'>]>"
WHOLE = {
    "a comment": ("<I><N>Baugeneh<!-- geheim -->migung</N>Ende</I>", ["Baugenehmigung", "Ende"]),
    "an instruction": ("<I><N>Baugeneh<?so geheim?>migung</N></I>", ["Baugenehmigung"]),
    "a section": ("<I>Baugeneh<![CDATA[migung]]></I>", ["Baugenehmigung"]),
    "a document cut off": (
        "<I><N>Bau<!-- x -->amt <?x y?><![CDATA[S]]>üd</N>" + "<a>" * 3000 + "Ende",
        ["Bauamt Süd", "Ende"],
    ),
    "elements": ("<I><N>eins<b>zwei</b>drei</N>vier</I>", ["eins", "zwei", "drei", "vier"]),
    "an entity of another file": (
        '<!DOCTYPE I [<!ENTITY x SYSTEM "x]>.xml"> <!ENTITY y "geheim">]><I>Bau<!-- x -->amt &x; S&uuml;d</I>',
        ["Bauamt &x; Süd"],
    ),
    "own entities": (f"{ENTITIES}<I>Stra&sz;e &amt;, &uuml;</I>", ["Straße Amt", "Süd", ", Ü"]),
    "letters of HTML": ("<I>B&uuml;rger&shy;amt &lt;&amp; &copy;</I>", ["Bürgeramt <& ©"]),
}


@pytest.mark.parametrize("form", WHOLE)
def test_words_of_xml_are_whole_and_in_their_order(form: str) -> None:
    document, lines = WHOLE[form]
    assert words(f'<?xml version="1.0"?>{document}'.encode()).splitlines() == lines


@pytest.mark.parametrize(
    "bomb",
    [
        "".join(
            f"<!ENTITY {name} '{f'&{inner};' * 10}'>" for inner, name in pairwise("abcdefghij")
        ),
        "<!ENTITY j '&k;'><!ENTITY k '&j;'>",
        f"<!ENTITY long '{'x' * 100_000}'><!ENTITY j '{'&long;' * 20_000}'>",
    ],
    ids=["laughs", "loop", "long"],
)
def test_entities_within_entities_are_bounded(bomb: str) -> None:
    document = f"<!DOCTYPE I [<!ENTITY a 'lol lol '>{bomb}]><I>vorn <N>&j;</N> hinten</I>"
    text = words(f'<?xml version="1.0"?>{document}'.encode())
    assert len(text) < 4_000_000
    assert all(word in text for word in ("vorn", "hinten"))


@pytest.mark.parametrize("form", DOCUMENTS)
def test_xml_gives_its_words_whatever_it_declares(form: str) -> None:
    text = words(DOCUMENTS[form])
    assert all(word in text for word in ("Straße", "5", "€", "„A“"))


def attached(about: bytes) -> bytes:
    return mail(
        b'multipart/mixed; boundary="x"',
        b"--x\r\nContent-Type: application/octet-stream\r\n" + about + b"\r\n\r\ny\r\n--x--\r\n",
    )


@pytest.mark.parametrize(
    "about",
    [
        'Content-Disposition: attachment; filename="Gebühr.pdf"'.encode(),
        'Content-Disposition: attachment; filename="Gebühr.pdf"'.encode("latin-1"),
        b"Content-Disposition: attachment; filename*=iso-8859-1''Geb%FChr.pdf",
        b"Content-Disposition: attachment; filename*0*=utf-8''Geb%C3; filename*1*=%BChr.pdf",
        b'Content-Disposition: attachment;\r\n filename*0="=?UTF-8?Q?Geb=C3"; filename*1="=BChr.pdf?="',
    ],
    ids=["UTF-8", "Latin-1", "RFC 2231", "in two parts", "zbateson/mail-mime-parser#80"],
)  # fmt: skip
def test_an_attachment_is_found_by_its_name_however_it_is_written(about: bytes) -> None:
    assert "Anlage: Gebühr.pdf" in words(attached(about)).splitlines()


def test_a_folded_name_is_one_line() -> None:
    """inflex/ripMIME#19"""
    about = (
        b'Content-Disposition: attachment;\r\n filename*0="Bericht 7\r\n 09-20.x"; filename*1=lsx'
    )
    assert "Anlage: Bericht 7 09-20.xlsx" in words(attached(about)).splitlines()


def test_a_member_of_a_zip_is_found_by_its_name_without_a_flag() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("GebQQhr.txt", FOUND)
    found = words(out.getvalue().replace(b"GebQQhr", "Gebühr".encode())).splitlines()
    assert {"Anlage: Gebühr.txt", FOUND} <= set(found)


def test_what_stands_in_boxes_of_its_own_is_parted() -> None:
    page = b"<label>Name</label><option>A1</option><option>B2</option><button>Senden</button>"
    lines = words(mail(b"text/html", page)).splitlines()
    assert {"Name", "A1", "B2", "Senden"} <= set(lines)


def test_a_spaced_word_of_an_attached_pdf_is_one_word() -> None:
    paper = FPDF()
    paper.add_page()
    paper.set_font("Helvetica", size=14)
    paper.text(30, 40, "B e s c h e i d  Nr. 3")
    paper.text(30, 60, "Klassen A B E T")
    with paper.local_context(text_mode=TextMode.INVISIBLE):  # as recognition puts it under a scan
        paper.text(30, 80, "darunter")
    text = FileText().of(bytes(paper.output()))
    assert text.split() == ["Bescheid", "Nr.", "3", "Klassen", "A", "B", "E", "T", "darunter"]


def test_a_hidden_value_is_not_shown() -> None:
    page = b"<input type=hidden value=Geheimnis><input type=password value=Kennwort>offen"
    text = words(mail(b"text/html", page))
    assert "offen" in text
    assert "Geheimnis" not in text
    assert "Kennwort" not in text


def test_a_file_in_the_text_is_found_by_its_name_and_its_words() -> None:
    """As mail programs put files into a text before there was MIME; old post is full of them."""
    line = binascii.b2a_uu(FOUND.encode())
    text = b"Anbei.\n\nbegin 644 brief.txt\n" + line + b"`\nend\nGru\xdf"
    found = words(mail(b"text/plain", text)).splitlines()
    assert {"Anbei.", "Anlage: brief.txt", FOUND, "Gruß"} <= set(found)
    assert line.decode().strip() not in found


def test_parts_that_lie_too_deep_are_said_not_to_be_read() -> None:
    inner = b"Content-Type: text/plain\r\n\r\nx\r\n"
    for number in range(60):
        name = b"b%d" % number
        inner = (
            b'Content-Type: multipart/mixed; boundary="' + name + b'"\r\n\r\n--' + name + b"\r\n"
            + inner + b"\r\n--" + name + b"--\r\n"
        )  # fmt: skip
    reader = FileText()
    reader.of(HEAD + inner)
    assert reader.cut
    assert DEPTH < 60


FLOWED = b"text/plain; charset=utf-8; format=flowed"
CALENDAR = "BEGIN:VCALENDAR\r\nSUMMARY:Ortstermin Bürgerbegeh\r\n ren\\nHalle\\, 2\r\nEND:VCALENDAR"
#: folded in octets, as RFC 5545 allows: within a letter
CARD = (
    "BEGIN:VCARD\nFN:B\u00fcrger".encode()[:-5]
    + b"\n\t"
    + "\u00fcrger".encode()[1:]
    + b"amt\nEND:VCARD"
)
TYPED = {
    "delsp": (mail(FLOWED + b"; delsp=yes", b"Bauge \r\nnehmi \r\ngung  \r\nda"), ["Baugenehmigung da"]),
    "flowed": (mail(FLOWED, b"Die \r\nHalle\r\n> zu \r\n> zweit\r\n-- \r\nAmt"),
               ["Die Halle", "zu zweit", "-- ", "Amt"]),
    "flowed, another depth": (mail(FLOWED, b"> Die \r\nHalle \r\n Ende"), ["Die ", "Halle Ende"]),
    "not flowed": (mail(b"text/plain; delsp=yes", b"Bauge \r\nnehmigung"), ["Bauge ", "nehmigung"]),
    "a calendar": (mail(b"text/calendar; charset=utf-8", CALENDAR.encode()),
                   ["SUMMARY:Ortstermin Bürgerbegehren", "Halle, 2"]),
    "a card": (mail(b"text/vcard; charset=utf-8", CARD), ["FN:Bürgeramt"]),
    "indented": (mail(b"text/plain", b"Liste\r\n eins\\nzwei"), ["Liste", " eins\\nzwei"]),
}  # fmt: skip


@pytest.mark.parametrize("form", TYPED)
def test_lines_are_put_together_that_a_format_broke(form: str) -> None:
    data, lines = TYPED[form]
    found = words(data).splitlines()
    assert [line for line in lines if line not in found] == []


def holding(name: bytes, content: bytes) -> bytes:
    return (
        HEAD
        + b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="
        + name
        + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(content)
    )


def test_an_attached_calendar_is_whole() -> None:
    assert "SUMMARY:Ortstermin Bürgerbegehren" in words(holding(b"a.ics", CALENDAR.encode()))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (b"a.txt.gz", gzip.compress(FOUND.encode())),
        (b"a.txt.GZ", gzip.compress(b"vorn ") + gzip.compress(FOUND.encode())),
        (b"a.csv.bz2", bz2.compress(FOUND.encode())),
        (b"a.gz", gzip.compress(b"<html><p>B&uuml;rger<b>begehren</b></html>")),
        (b"a.gz", gzip.compress(holding(b"b.txt", FOUND.encode()))),
        (b"a.txt.gz", gzip.compress(FOUND.encode() + b" " * 200_000, 0)[:150_000]),
    ],
    ids=["gzip", "in pieces", "bzip2", "a page", "a mail", "cut off"],
)
def test_a_compressed_attachment_is_read(name: bytes, content: bytes) -> None:
    assert FOUND in words(holding(name, content))


@pytest.mark.parametrize(
    "content",
    [b"\x1f\x8b\x08", b"BZh9", b"\x1f\x8b\x08" + bytes(40)],
    ids=["gzip", "bzip2", "nothing"],
)
def test_a_damaged_compressed_attachment_costs_only_itself(content: bytes) -> None:
    reader = FileText()
    assert "Anlage: a.txt.gz" in reader.of(holding(b"a.txt.gz", content))
    assert reader.cut


def test_what_inflates_too_much_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocr.text.file_text.MOST_BYTES", 3 * 2**20)
    reader = FileText()
    text = reader.of(holding(b"a.txt.gz", gzip.compress(b"Wort " * 10_000_000)))
    assert reader.cut
    assert 2 * 2**20 < len(text) < 4 * 2**20


def test_the_letters_of_an_attachment_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocr.text.file_text.MOST_LETTERS", 1000)
    for size, cut in ((900, False), (2000, True)):
        reader = FileText()
        text = reader.of(holding(b"a.txt", b"Auftrag " * (size // 8)))
        assert (len(text) >= min(size, 1000), reader.cut) == (True, cut)


BETWEEN = b"\r\n\r\nFrom - Mon May  4 12:00:00 2026\r\n"


def test_each_mail_of_an_mbox_is_read_as_a_mail() -> None:
    second = mail(b"text/plain; charset=utf-8", base64.encodebytes(FOUND.encode()), b"base64")
    third = mail(b"text/html", b"<p>Auf<b>trag</b></p>").replace(b"Subject: x", b"Subject: Dritte")
    box = BETWEEN.lstrip() + BETWEEN.join([mail(b"text/plain", b"Erste"), second, third])
    lines = words(box).splitlines()
    assert [
        line for line in ("Erste", FOUND, "Subject: Dritte", "Auftrag") if line not in lines
    ] == []


@pytest.mark.parametrize("first", [b"", BETWEEN.lstrip()])
def test_a_sentence_that_begins_with_from_begins_no_mail(first: bytes) -> None:
    body = b"Text\r\n\r\nFrom 12:30 on:\r\nno field: here\r\n\r\nFrom me"
    assert "From 12:30 on:" in words(first + mail(b"text/plain", body))
