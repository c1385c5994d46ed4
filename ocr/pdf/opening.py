"""How a PDF file is opened here, by everything that reads or copies one: with a plain page tree.

Only for isolated children.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import pikepdf

from config.errors import HoldReason, InputError
from ocr.pdf.page_tree import PageTree, make_plain

#: A crypt filter for attachments alone: streams and strings are left in the clear (7.6.5).
CLEAR = re.compile(rb"/(StmF|StrF)\s*/(?!Identity[\s/>])")
LOCKED_FILES = re.compile(rb"/EFF\s*/(?!Identity[\s/>])")
HIDDEN_ENCRYPTION = "/Encrypx"  #: stands in the trailer of a file whose attachments are encrypted
SCHEME = re.compile(r"unsupported encryption|encryption dictionary|security scheme", re.IGNORECASE)


def open_pdf(path: Path, password: str = "") -> pikepdf.Pdf:
    """The file with every page standing alone (``page_tree.make_plain``).

    Raises:
        pikepdf.PasswordError: it needs another password.
        pikepdf.PdfError: qpdf cannot read it.
    """
    return open_with_tree(path, password)[0]


def open_with_tree(path: Path, password: str = "") -> tuple[pikepdf.Pdf, PageTree]:
    """As ``open_pdf``, with what its page tree was like."""
    pdf = _open(path, password)
    try:
        return pdf, make_plain(pdf)
    except BaseException:
        pdf.close()
        raise


def _open(path: Path, password: str) -> pikepdf.Pdf:
    try:
        return pikepdf.open(path, password=password, inherit_page_attributes=False)
    except pikepdf.PasswordError:
        data = path.read_bytes()
        if not encrypts_attachments_alone(data):
            raise
    # Its pages lie in the clear: without the entry qpdf asks for no password.
    clear = data.replace(b"/Encrypt", HIDDEN_ENCRYPTION.encode())
    return pikepdf.open(io.BytesIO(clear), inherit_page_attributes=False)


def encrypts_attachments_alone(data: bytes) -> bool:
    """Whether only embedded files are encrypted (ISO 32000-1, 7.6.5, EFF with Identity)."""
    return bool(LOCKED_FILES.search(data)) and not CLEAR.search(data)


def encrypted_for_others(error: Exception) -> InputError | None:
    """What to say of a file that no password opens; None: encryption is not why it failed."""
    if SCHEME.search(str(error)) is None:
        return None
    return InputError(
        HoldReason.ENCRYPTED,
        "Die PDF-Datei ist für bestimmte Empfänger verschlüsselt (Zertifikat oder fremdes "
        "Schutzverfahren) und lässt sich hier nicht öffnen. Bitte unverschlüsselt neu einreichen.",
    )
