"""Huge and tiny pages, slow but valid files, and files encrypted in unusual ways."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Encryption, Pdf
from PIL import Image

from tests.fresh_look import pdfs
from tests.fresh_look.model import Case, Expected, Shows, case

CASES: list[Case] = []
SIZES, SLOW, LOCKED = "huge and tiny pages", "slow but valid", "encrypted"
EITHER = ("archived", "held")
NOT_BROKEN = "(?i)datei ist beschädigt|neu scannen|nicht lesbar"


@case(CASES, SIZES, ".png", Expected(outcomes=EITHER, shows=Shows.PICTURE, untrue=NOT_BROKEN,
      picture=lambda: [Image.new("RGB", (13, 9), (200, 20, 20))]))  # fmt: skip
def picture_of_13_pixels(path: Path) -> None:
    """A picture of 13 x 9 pixels, as mail signatures have them.

    Source: https://github.com/paperless-ngx/paperless-ngx/issues/4636. Expected: archived, or held for
    a reason that is true.
    """
    Image.new("RGB", (13, 9), (200, 20, 20)).save(path)


@case(CASES, SIZES, ".pdf", Expected(words=("Schwalbe",)))
def plan_of_six_metres(path: Path) -> None:
    """A strip of 17,000 x 400 pt with letters of normal size.

    Source: https://github.com/xberg-io/xberg/issues/1078. Expected: a PDF/A that shows all of it.
    """
    pdf = Pdf.new()
    content = (
        b"q 1 0 0 1 16500 -200 cm " + pdfs.MARKS + b"Q " + pdfs.letter("Schwalbe", 50, 350, 16)
    )
    pdfs.add_page(pdf, content, box=(0, 0, 17000, 400))
    pdfs.save(pdf, path)


@case(CASES, SIZES, ".pdf", Expected(outcomes=EITHER, words=("Storch",)))
def page_without_area(path: Path) -> None:
    """MediaBox [0 0 0 0]; viewers take Letter instead.

    Source: https://github.com/ocrmypdf/OCRmyPDF/issues/761. Expected: archived with a finding that
    blocks, or held for a reason that names the page.
    """
    pdf = Pdf.new()
    pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter("Storch"), box=(0, 0, 0, 0))
    pdfs.save(pdf, path)


@case(CASES, SIZES, ".pdf", Expected(words=("Drossel",), size=(8.5, 12)))
def page_of_three_millimetres(path: Path) -> None:
    """A page of 8.5 x 12 pt.

    No report. Expected: archived as it is.
    """
    pdf = Pdf.new()
    content = pdfs.MARKS + pdfs.letter("Drossel")
    pdfs.add_page(pdf, b"q .02 0 0 .02 0 0 cm " + content + b"Q", box=(0, 0, 8.5, 12))
    pdfs.save(pdf, path)


@case(CASES, SLOW, ".pdf", Expected(words=("Kuckuck",)))
def drawing_of_many_lines(path: Path) -> None:
    """A plan with 120,000 short lines.

    Source: https://github.com/sumatrapdfreader/sumatrapdf/issues/3842. Expected: PDF/A, all lines.
    """
    pdf, lines = Pdf.new(), bytearray()
    for number in range(120_000):
        x, y = 30 + number % 400 * 0.9, 40 + number // 400 * 0.9
        lines += b"%.1f %.1f m %.1f %.1f l S\n" % (x, y, x + (number * 7) % 5 / 2, y + 0.5)
    pdfs.add_page(pdf, b".1 w .8 G\n" + bytes(lines) + pdfs.MARKS + pdfs.letter("Kuckuck"))
    pdfs.save(pdf, path)


@case(CASES, SLOW, ".pdf", Expected(outcomes=EITHER, words=("Fasan",), shows=Shows.NOTHING,
      untrue=NOT_BROKEN))  # fmt: skip
def forms_that_double(path: Path) -> None:
    """Sixteen forms, each of which draws the next one twice: 65,536 squares from 3 kB.

    No report. Expected: archived, or held for a reason that names the limit.
    """
    pdf = Pdf.new()
    inner = pdfs.form(pdf, b".9 g 20 20 5 5 re f", pdfs.A5, Resources=Dictionary())
    for _ in range(16):
        content = b"/X Do 1 0 0 1 .001 0 cm /X Do"
        below = Dictionary(XObject=Dictionary(X=inner))
        inner = pdfs.form(pdf, content, pdfs.A5, Resources=below)
    content = pdfs.MARKS + pdfs.letter("Fasan") + b"/X0 Do"
    pdfs.add_page(pdf, content, kinds={"XObject": {"X0": inner}})
    pdfs.save(pdf, path)


@case(CASES, SLOW, ".pdf", Expected(pages=60, words=("Möwe",)))
def pages_that_share_a_large_form(path: Path) -> None:
    """Sixty pages that show parts of one large form by their crop boxes.

    Source: https://github.com/ocrmypdf/OCRmyPDF/issues/401. Expected: sixty pages, each its part.
    """
    pdf = Pdf.new()
    parts = b"".join(
        b"q 1 0 0 1 0 %d cm " % (100 * number)
        + pdfs.text([f"Abschnitt {number + 1}"], 30, 40)
        + b"Q\n"
        for number in range(60)
    )
    parts += b"q 1 0 0 1 0 2000 cm " + pdfs.text(["Möwe"], 230, 40) + b"Q\n"
    sheet = pdf.make_indirect(pdfs.form(pdf, parts, (0, 0, 420, 6000)))
    for number in range(60):
        page = pdfs.add_page(
            pdf, b"/X0 Do", box=(0, 0, 420, 6000), kinds={"XObject": {"X0": sheet}}
        )
        page.CropBox = Array([0, 100 * number, 420, 100 * number + 100])
        if number:
            page.Resources = pdf.pages[0].obj.Resources
    pdfs.save(pdf, path)


def _letter(word: str) -> Pdf:
    pdf = Pdf.new()
    pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter(word))
    return pdf


@case(CASES, LOCKED, ".pdf", Expected(words=("Reiher",), untrue=NOT_BROKEN))
def owner_password_only(path: Path) -> None:
    """AES-256 (R 6) with an owner's password of umlauts; nothing is asked for on opening.

    Source: https://github.com/ocrmypdf/OCRmyPDF/issues/211. Expected: archived and found.
    """
    pdfs.save(_letter("Reiher"), path, encryption=Encryption(owner="Bürgermeisterämter", user=""))


@case(CASES, LOCKED, ".pdf", Expected(words=("Sperber",), untrue=NOT_BROKEN))
def old_cipher_of_40_bits(path: Path) -> None:
    """RC4 of 40 bits (R 2) with an empty password.

    Source: https://github.com/bzsanti/oxidizePdf/issues/379. Expected: archived and found.
    """
    encryption = Encryption(owner="x", user="", R=2, aes=False, metadata=False)
    pdfs.save(_letter("Sperber"), path, encryption=encryption)


@case(CASES, LOCKED, ".pdf", Expected(outcomes=EITHER, words=("Bachstelze",), shows=Shows.NOTHING,
      untrue=NOT_BROKEN,      reason="(?i)verschlüssel|kennwort|passwort"))  # fmt: skip
def user_password_but_no_owner(path: Path) -> None:
    """AES-256 with a user's password and an empty owner's password.

    Source: https://github.com/qpdf/qpdf/issues/144 (some open it, some ask). Expected: held because
    it is encrypted, or archived.
    """
    pdfs.save(_letter("Bachstelze"), path, encryption=Encryption(owner="", user="geheim"))


def _dictionary_of(pdf: Pdf) -> tuple[bytes, bytes]:
    """Encryption dictionary (without its crypt filters) and ID of a file with a password."""
    data = io.BytesIO()
    pdf.save(data, encryption=Encryption(owner="eigner", user="geheim", R=4), static_id=True)
    with pikepdf.open(data, password="geheim") as made:
        encrypt = made.trailer.Encrypt
        owner, user = bytes(encrypt.O).hex().encode(), bytes(encrypt.U).hex().encode()
        identity = bytes(made.trailer.ID[0]).hex().encode()
        permissions = int(encrypt.P)
    body = b"/Filter /Standard /V 4 /R 4 /Length 128 /P %d /O <%s> /U <%s>" % (
        permissions, owner, user,
    )  # fmt: skip
    return body, b"/ID [<%s> <%s>]" % (identity, identity)


@case(CASES, LOCKED, ".pdf", Expected(outcomes=EITHER, words=("Nachtigall",), untrue=NOT_BROKEN,
      reason="(?i)verschlüssel|kennwort|passwort", mentions="(?i)anlage|anhang|verschlüssel"))  # fmt: skip
def attachments_encrypted_only(path: Path) -> None:
    """Only the embedded file is encrypted (StmF and StrF Identity, EFF StdCF).

    Source: https://github.com/yfedoseev/pdf_oxide/issues/1510. Expected: the page, and a finding that
    the attachment is locked; or held because of encryption, never as damaged.
    """
    body, identity = _dictionary_of(_letter("x"))
    filters = b"/StmF /Identity /StrF /Identity /EFF /StdCF /CF <</StdCF <</Type /CryptFilter "
    filters += b"/CFM /AESV2 /AuthEvent /EFOpen /Length 16>>>>"
    page = b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 420 595] /Contents 4 0 R "
    objects = {
        1: b"<</Type /Catalog /Pages 2 0 R /Names <</EmbeddedFiles <</Names [(a.txt) 5 0 R]>>>>>>",
        2: b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        3: page + b"/Resources <</Font <</F1 9 0 R>>>>>>",
        4: pdfs.stream(pdfs.MARKS + pdfs.letter("Nachtigall")),
        5: b"<</Type /Filespec /F (a.txt) /UF (a.txt) /EF <</F 6 0 R>>>>",
        6: pdfs.stream(bytes(range(64)), b"/Type /EmbeddedFile"),
        8: b"<<" + body + filters + b">>",
        9: pdfs.HELVETICA,
    }
    path.write_bytes(pdfs.raw(objects, trailer=b"/Encrypt 8 0 R " + identity))


@case(CASES, LOCKED, ".pdf", Expected(outcomes=("held",), pages=None, untrue=NOT_BROKEN,
      shows=Shows.NOTHING, reason="(?i)verschlüssel|zertifikat"))  # fmt: skip
def encrypted_to_a_certificate(path: Path) -> None:
    """Public-key security (Adobe.PubSec): no password opens it.

    Source: https://github.com/qpdf/qpdf/issues/558. Expected: held because it is encrypted to a
    certificate, never as damaged.
    """
    encrypt = b"<</Filter /Adobe.PubSec /SubFilter /adbe.pkcs7.s5 /V 4 /R 4 /Length 128 "
    encrypt += b"/StmF /DefaultCryptFilter /StrF /DefaultCryptFilter /CF <</DefaultCryptFilter "
    encrypt += b"<</CFM /AESV2 /Length 16 /Recipients [<3082010006092a864886f70d010703>]>>>>>>"
    objects = {
        1: b"<</Type /Catalog /Pages 2 0 R>>",
        2: b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        3: b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 420 595] /Contents 4 0 R>>",
        4: pdfs.stream(bytes(value * 37 % 256 for value in range(256))),
        5: encrypt,
    }
    path.write_bytes(pdfs.raw(objects, trailer=b"/Encrypt 5 0 R /ID [<00ff> <00ff>]"))
