"""What a member of a zip is called."""

from __future__ import annotations

import unicodedata
import zipfile

UTF8 = 0x800  #: flag bit 11: the name is in UTF-8 (APPNOTE 4.4.4)


def member_name(info: zipfile.ZipInfo) -> str:
    """A member's name in NFC; where its UTF-8 flag is missing, as UTF-8 if it is that.

    Manifests name members in UTF-8; writers leave out the flag, and some systems store names
    decomposed.
    """
    name = info.filename
    if not info.flag_bits & UTF8:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.filename
    return unicodedata.normalize("NFC", name)
