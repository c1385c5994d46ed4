"""XML Signature (W3C XMLDSig 1.1): references and value of one ds:Signature.

Only what ASiC and plain enveloped or enveloping signatures need: canonical forms, the enveloped
transform, references to the document, to one identifier, or to a file beside. Anything else is
"not computed here", never guessed.
"""

from __future__ import annotations

import base64
import binascii
import copy
import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from asn1crypto import algos, x509
from lxml import etree

from signing.conclusions.conclusion_table import Check
from signing.conclusions.model import AlgorithmUse
from signing.errors import UnreadableSignature, UnsupportedAlgorithm
from signing.formats.cms import algorithms
from signing.formats.cms.algorithms import Scheme
from signing.formats.xml.safe_parser import ds, text_of

#: file name -> its digest by the named algorithm; None where there is no such file
FileDigest = Callable[[str, str], bytes | None]

C14N = {
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": (False, False),
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments": (False, True),
    "http://www.w3.org/2006/12/xml-c14n11": (False, False),
    "http://www.w3.org/2006/12/xml-c14n11#WithComments": (False, True),
    "http://www.w3.org/2001/10/xml-exc-c14n#": (True, False),
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments": (True, True),
}
DEFAULT_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"

DIGESTS = {
    "http://www.w3.org/2000/09/xmldsig#sha1": "sha1",
    "http://www.w3.org/2001/04/xmldsig-more#md5": "md5",
    "http://www.w3.org/2001/04/xmldsig-more#sha224": "sha224",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
    "http://www.w3.org/2001/04/xmlenc#ripemd160": "ripemd160",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-224": "sha3_224",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-256": "sha3_256",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-384": "sha3_384",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-512": "sha3_512",
}
METHODS = {
    "http://www.w3.org/2000/09/xmldsig#rsa-sha1": ("rsa", "sha1"),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-ripemd160": ("rsa", "ripemd160"),
    **{
        f"http://www.w3.org/2007/05/xmldsig-more#{d}-rsa-MGF1": ("pss", d)
        for d in ("sha224", "sha256", "sha384", "sha512")
    },
    **{
        f"http://www.w3.org/2001/04/xmldsig-more#rsa-{d}": ("rsa", d)
        for d in ("md5", "sha224", "sha256", "sha384", "sha512")
    },
    **{
        f"http://www.w3.org/2001/04/xmldsig-more#ecdsa-{d}": ("ecdsa-plain", d)
        for d in ("sha1", "sha224", "sha256", "sha384", "sha512")
    },
}
REFERENCES = 10_000  #: references of one signature


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """What the references of a signature come to."""

    digest: Check
    files: frozenset[str]  #: files beside whose digest holds
    missing: tuple[str, ...]  #: files that are named and not there
    wrong: tuple[str, ...]  #: what does not fit
    covers_root: bool  #: the whole document but the signature is signed
    signed: tuple[etree._Element, ...]  #: elements whose digest holds
    names: tuple[str, ...]  #: digest algorithms


def signature_value(signature: etree._Element) -> bytes:
    """The octets of ds:SignatureValue."""
    return decoded(text_of(signature.find(ds("SignatureValue"))))


def certificates(signature: etree._Element) -> tuple[x509.Certificate, ...]:
    """The certificates of ds:KeyInfo."""
    path = f"{ds('KeyInfo')}/{ds('X509Data')}/{ds('X509Certificate')}"
    return tuple(x509.Certificate.load(decoded(text_of(e))) for e in signature.findall(path))


def value_check(
    signature: etree._Element, certificate: x509.Certificate
) -> tuple[Check, AlgorithmUse]:
    """The value over the canonical SignedInfo. Raises UnsupportedAlgorithm."""
    info = _child(signature, "SignedInfo")
    method = _child(info, "SignatureMethod").get("Algorithm", "")
    if method not in METHODS:
        raise UnsupportedAlgorithm(f"signature method {method}")
    name, digest = METHODS[method]
    message = _canonical(info, _child(info, "CanonicalizationMethod"))
    running = algorithms.new_hash(digest)
    running.update(message)
    key = algorithms.public_key(certificate.public_key)
    scheme = Scheme(name=name, digest=digest, pss=_pss(name, digest))
    holds = algorithms.value_holds(
        key, scheme, signature_value(signature), running.digest(), message
    )
    use = AlgorithmUse(
        use="signature", algorithm=f"{name}-{digest}", key_size=algorithms.key_size(key)
    )
    return (Check.HOLDS if holds else Check.FAILS), use


def _pss(name: str, digest: str) -> algos.RSASSAPSSParams | None:
    """RFC 6931 2.3.10: the mask by the same digest, the salt as long as it."""
    if name != "pss":
        return None
    identifier = {"algorithm": digest}
    return algos.RSASSAPSSParams(
        {
            "hash_algorithm": identifier,
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": identifier},
            "salt_length": len(algorithms.new_hash(digest).digest()),
        }
    )


def check_references(signature: etree._Element, file_digest: FileDigest) -> References:
    """Compute every reference. Raises UnsupportedAlgorithm for a transform not known here."""
    found = _child(signature, "SignedInfo").findall(ds("Reference"))
    if not 0 < len(found) <= REFERENCES:
        raise UnreadableSignature(f"{len(found)} references")
    files, missing, wrong, signed, names = [], [], [], [], []
    covers_root = False
    for reference in found:
        method = _child(reference, "DigestMethod").get("Algorithm", "")
        if method not in DIGESTS:
            raise UnsupportedAlgorithm(f"digest method {method}")
        names.append(DIGESTS[method])
        expected = decoded(text_of(reference.find(ds("DigestValue"))))
        uri = reference.get("URI")
        if uri is None:
            raise UnreadableSignature("a reference that names nothing")
        if uri == "" or uri.startswith("#"):
            element = _target(signature, uri)
            fitting = _fitting(signature, element, reference, names[-1], expected)
            if fitting is None:
                wrong.append(unquote(uri))
                continue
            signed.append(element)
            is_root = element is signature.getroottree().getroot()
            covers_root = covers_root or (is_root and fitting.whole)
            continue
        named, actual = _file_digest(uri, reference, names[-1], file_digest)
        if actual is None:
            missing.append(named)
        elif not hmac.compare_digest(actual, expected):
            wrong.append(named)
        else:
            files.append(named)
    digest = Check.FAILS if wrong else Check.UNKNOWN if missing else Check.HOLDS
    return References(
        digest=digest,
        files=frozenset(files),
        missing=tuple(missing),
        wrong=tuple(wrong),
        covers_root=covers_root,
        signed=tuple(signed),
        names=tuple(dict.fromkeys(names)),
    )


def canonical_digest(element: etree._Element, method: str, name: str) -> bytes:
    """Digest of an element in the canonical form ``method`` (for time-stamps on it)."""
    if method not in C14N:
        raise UnsupportedAlgorithm(f"canonical form {method}")
    running = algorithms.new_hash(name)
    running.update(_c14n(element, method, None, comments=C14N[method][1]))
    return running.digest()


def _child(parent: etree._Element, name: str) -> etree._Element:
    found = parent.findall(ds(name))
    if len(found) != 1:
        raise UnreadableSignature(f"{len(found)} elements {name} where one must be")
    return found[0]


def decoded(text: str) -> bytes:
    """Octets from base64. Raises UnreadableSignature."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        raise UnreadableSignature(f"base64: {error}") from None


def _target(signature: etree._Element, uri: str) -> etree._Element:
    """The one element that a same-document reference names (two would be a wrapping attack)."""
    root = signature.getroottree().getroot()
    if uri == "":
        return root
    name = unquote(uri[1:])
    if name.startswith("xpointer("):
        raise UnsupportedAlgorithm(f"reference {uri}")
    found = [
        element
        for element in root.iter()
        if isinstance(element.tag, str)
        and name in (element.get("Id"), element.get("ID"), element.get("id"))
    ]
    if len(found) != 1:
        raise UnreadableSignature(f"{len(found)} elements with the identifier {name!r}")
    return found[0]


@dataclass(frozen=True, slots=True)
class _Form:
    """The octets that an element may have been signed as."""

    octets: bytes
    whole: bool  #: nothing that a program may show stands beside the element


def _fitting(
    signature: etree._Element,
    element: etree._Element,
    reference: etree._Element,
    name: str,
    expected: bytes,
) -> _Form | None:
    """The form of the element whose digest is the expected one."""
    for form in _forms(signature, element, reference):
        running = algorithms.new_hash(name)
        running.update(form.octets)
        if hmac.compare_digest(running.digest(), expected):
            return form
    return None


def _forms(
    signature: etree._Element, element: etree._Element, reference: etree._Element
) -> Iterator[_Form]:
    """As the norm has it: without comments, and with URI="" the instructions beside the root as
    well (4.4.3.3). Some programs sign the root alone, or the comments, too."""
    method, prefixes, enveloped = _transforms(reference)
    before, after = _instructions(element, -1), _instructions(element, 1)
    if enveloped:
        element = _without(element, signature)
    elif element is signature or signature in element.iterdescendants():
        raise UnreadableSignature("a signature that would sign itself")
    for comments in (False, True) if C14N[method][1] else (False,):
        octets = _c14n(element, method, prefixes, comments=comments)
        if before or after:
            if reference.get("URI") == "":
                yield _Form(b"".join((*before, octets, *after)), whole=True)
            yield _Form(octets, whole=False)
        else:
            yield _Form(octets, whole=True)


def _instructions(element: etree._Element, side: int) -> list[bytes]:
    """Processing instructions before (-1) or after (1) the root, in canonical form (Canonical XML
    2.3); a style sheet among them decides what is shown."""
    if element is not element.getroottree().getroot():
        return []
    found = element.itersiblings(etree.ProcessingInstruction, preceding=side < 0)
    forms = [" ".join(filter(None, (one.target, one.text))).encode() for one in found]
    if side < 0:
        return [b"<?%b?>\n" % form for form in reversed(forms)]
    return [b"\n<?%b?>" % form for form in forms]


def _file_digest(
    uri: str, reference: etree._Element, name: str, file_digest: FileDigest
) -> tuple[str, bytes | None]:
    """The name of the file and its digest; some programs name it without escaping (RFC 3986 2.4)."""
    if reference.find(ds("Transforms")) is not None:
        raise UnsupportedAlgorithm("a transform of a file")
    for named in (unquote(uri), uri):
        digest = file_digest(named, name)
        if digest is not None:
            return named, digest
    return unquote(uri), None


def _transforms(reference: etree._Element) -> tuple[str, list[str] | None, bool]:
    """Canonical form, its prefixes, and whether the signature itself is left out."""
    method, prefixes, enveloped = DEFAULT_C14N, None, False
    for transform in reference.findall(f"{ds('Transforms')}/{ds('Transform')}"):
        algorithm = transform.get("Algorithm", "")
        if algorithm == ENVELOPED:
            enveloped = True
        elif algorithm in C14N:
            method, prefixes = algorithm, _prefixes(transform)
        else:
            raise UnsupportedAlgorithm(f"transform {algorithm}")
    return method, prefixes, enveloped


def _prefixes(transform: etree._Element) -> list[str] | None:
    listed = transform.find(f"{{{EXCLUSIVE}}}InclusiveNamespaces")
    return None if listed is None else (listed.get("PrefixList") or "").split()


def _without(element: etree._Element, signature: etree._Element) -> etree._Element:
    """A copy of ``element`` without ``signature``; what stands behind it stays."""
    mark = "registratur-left-out"
    signature.set(mark, "1")
    try:
        whole = copy.deepcopy(element.getroottree().getroot())
        path = element.getroottree().getpath(element)
    finally:
        del signature.attrib[mark]
    (target,) = whole.getroottree().xpath(path)
    marked = target.xpath(f".//*[@{mark}]")
    if len(marked) != 1:
        raise UnreadableSignature("an enveloped signature outside what it signs")
    left_out = marked[0]
    parent, tail = left_out.getparent(), left_out.tail or ""
    before = left_out.getprevious()
    parent.remove(left_out)
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    return target


def _canonical(element: etree._Element, method: etree._Element) -> bytes:
    algorithm = method.get("Algorithm", "")
    if algorithm not in C14N:
        raise UnsupportedAlgorithm(f"canonical form {algorithm}")
    return _c14n(element, algorithm, _prefixes(method), comments=C14N[algorithm][1])


def _c14n(
    element: etree._Element, method: str, prefixes: list[str] | None, *, comments: bool
) -> bytes:
    exclusive, _ = C14N[method]
    if not exclusive and _inherits_xml(element):
        raise UnsupportedAlgorithm("inherited xml: attributes in inclusive canonical form")
    return bytes(
        etree.tostring(
            element,
            method="c14n",
            exclusive=exclusive,
            with_comments=comments,
            inclusive_ns_prefixes=prefixes if exclusive else None,
            with_tail=False,
        )
    )


def _inherits_xml(element: etree._Element) -> bool:
    namespace = "{http://www.w3.org/XML/1998/namespace}"
    return any(
        str(name).startswith(namespace)
        for parent in element.iterancestors()
        for name in parent.attrib
    )
