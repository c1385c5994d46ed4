"""Traces of signatures that are not checked here, by a file's bytes: in office files of the older
kind, in JSON, of SSH; and armours that stand in a text."""

from __future__ import annotations

import mmap
import re

Data = bytes | mmap.mmap
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENTRY = 128  #: bytes of an entry of the directory, which begins with its name (MS-CFB, 2.6)
_STORES = tuple(
    name.encode("utf-16-le") + b"\0\0" for name in ("_xmlsignatures", "_signatures")
)  #: MS-OFFCRYPTO, 2.5
_SIGNED_MAIL = "IPM.Note.SMIME".encode("utf-16-le")  #: the class of a mail (MS-OXOSMIME, 2.1)
_JWS = re.compile(rb"\s*eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{20,}\s*\Z")
_JWS_BEGUN = re.compile(rb"\s*eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}")
_PROTECTED = re.compile(rb'"protected"\s{0,20}:\s{0,20}"eyJ')
_SIGNATURE = re.compile(rb'"signature"\s{0,20}:\s{0,20}"')
_SSH = re.compile(rb"^-----BEGIN SSH SIGNATURE-----", re.MULTILINE)
_ARMOUR = (
    rb"-----BEGIN (?:(PGP (?:SIGNED MESSAGE|SIGNATURE|MESSAGE)|SSH SIGNATURE)"
    rb"|PKCS ?#?7(?: SIGNED DATA)?|CMS|SIGNED MESSAGE)-----"
)
_IN_TEXT = re.compile(rb"^[ \t]*" + _ARMOUR, re.MULTILINE)
_IN_HTML = re.compile(_ARMOUR)


def other_signature(data: Data, head: bytes) -> str | None:
    """ole, jws, ssh or none; ``head``: the first bytes of ``data``."""
    if head.startswith(_OLE):
        return "ole" if _in_ole(data) else None
    whole = len(data) <= len(head)
    if (_JWS if whole else _JWS_BEGUN).match(head):
        return "jws"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return "jws" if _PROTECTED.search(data) and _SIGNATURE.search(data) else None
    return "ssh" if _SSH.search(head) else None


def _in_ole(data: Data) -> bool:
    for name in _STORES:
        at = data.find(name)
        while at >= 0:
            if at % _ENTRY == 0:
                return True
            at = data.find(name, at + 1)
    return data.find(_SIGNED_MAIL) >= 0


def armour_within(text: bytes, *, html: bool) -> str | None:
    """Whether a signed message stands anywhere in a text: of a form that is not checked here
    ("other"), CMS ("cms"), or none. What a reply cites, with a sign before each line, is none."""
    found = (_IN_HTML if html else _IN_TEXT).search(text)
    if found is None:
        return None
    return "cms" if found[1] is None else "other"
