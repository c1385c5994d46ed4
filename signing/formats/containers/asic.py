"""ASiC containers (EN 319 162-1): files in a zip, signed by CAdES or XAdES beside them.

Every file of the container but those below META-INF must be covered by each signature; a file
that is not is content that nobody signed.
"""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from lxml import etree

from config.wrapping import unwrap
from config.zip_names import member_name
from signing.conclusions.conclusion_table import Check, Coverage, IntegrityFacts, Modification
from signing.conclusions.model import Kind, Note, Reason
from signing.errors import UnreadableSignature, UnsupportedAlgorithm
from signing.formats.cms import algorithms
from signing.formats.cms.cms_file import check_signers
from signing.formats.cms.signed_data import read_message
from signing.formats.cms.validation_material import STRUCTURE_ERRORS
from signing.formats.containers.asic_members import ambiguity, is_about
from signing.formats.reader_result import CheckFile, Looked, inside, numbered
from signing.formats.report_lines import limited, signer_result, unread_result
from signing.formats.xml.safe_parser import LARGEST, ds, parse_xml, text_of
from signing.formats.xml.xades import check_xml_signature, is_countersignature
from signing.formats.xml.xmldsig import DIGESTS, decoded

MEMBERS = 10_000
LARGEST_MEMBER = 256 * 2**20  #: bytes of a member whose own signatures are looked at
INFLATED = 4 * 2**30  #: bytes of all members together
ASIC = "http://uri.etsi.org/02918/v1.2.1#"
ZIP_ERRORS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """An ASiCManifest: what it names, and what of it fits."""

    name: str
    signature: str
    covered: frozenset[str]
    wrong: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """A signature of the container: what it takes in, and how it is judged once that of all the
    others is known."""

    covered: frozenset[str]
    judge: Callable[[frozenset[str]], list[Looked]]


def check_asic(path: Path, check_file: CheckFile) -> tuple[Looked, ...]:
    """All signatures of a container and of the files in it. Never raises for what it holds."""
    try:
        with zipfile.ZipFile(path) as archive:
            container = _Container(archive)
            found = limited(container.signatures(), "ASiC")
            if not found:
                found = (_unread("S1", None, Reason.TRACE_ONLY, "no signature below META-INF"),)
            return numbered((*found, *container.in_members(check_file)))
    except (UnreadableSignature, *ZIP_ERRORS) as error:
        said = f"{type(error).__name__}: {error}"[:300]
        return (_unread("S1", None, Reason.UNREADABLE, said),)


class _Container:
    """One open container under check."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        infos = archive.infolist()
        names = [member_name(info) for info in infos]
        if len(infos) > MEMBERS or sum(info.file_size for info in infos) > INFLATED:
            raise UnreadableSignature("a container with too many or too large members")
        if len(set(names)) != len(names):
            raise UnreadableSignature("two members with one name")
        if doubt := ambiguity(archive):
            raise UnreadableSignature(doubt)
        self.members = dict(zip(names, infos, strict=True))
        self.names = frozenset(names)
        self.data = frozenset(n for n in names if not is_about(n) and not n.endswith("/"))

    def signatures(self) -> Iterator[Looked]:
        """What stands below META-INF, each judged knowing what all of them together take in."""
        found = list(self._found())
        together = frozenset(name for each in found for name in each.covered)
        for each in found:
            yield from each.judge(together)

    def _found(self) -> Iterator[_Found]:
        manifests = self._manifests()
        for name in sorted(self.names):
            lower = name.lower()
            if not lower.startswith("meta-inf/"):
                continue
            if lower.endswith((".p7s", ".p7m", ".tst")):
                yield self._message(name, manifests.get(name))
            elif "signature" in lower and lower.endswith(".xml"):
                yield from self._xml(name)
            elif lower.endswith(".ers") or "evidencerecord" in lower:
                yield _settled(_evidence(name))

    def in_members(self, check_file: CheckFile) -> Iterator[Looked]:
        """Signed files among the content: their own signatures count as well."""
        with tempfile.TemporaryDirectory(prefix="registratur-asic-") as folder:
            path = Path(folder) / "member"
            for name in sorted(self.data):
                if self.members[name].file_size <= LARGEST_MEMBER:
                    with self.archive.open(self.members[name]) as member, path.open("wb") as file:
                        shutil.copyfileobj(member, file, 1 << 20)
                    yield from inside(name, check_file(path, ()))

    def digest(self, name: str, algorithm: str) -> bytes | None:
        """Digest of a member, in pieces; None where there is none."""
        info = self.members.get(unicodedata.normalize("NFC", name))
        if info is None:
            return None
        running = algorithms.new_hash(algorithm)
        with self.archive.open(info) as member:
            while part := member.read(1 << 20):
                running.update(part)
        return running.digest()

    def read(self, name: str) -> bytes:
        with self.archive.open(self.members[name]) as member:
            data = member.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise UnreadableSignature(f"{name} is larger than {LARGEST} bytes")
        return data

    def _manifests(self) -> dict[str, Manifest]:
        """By the signature file that each manifest names."""
        found: dict[str, Manifest] = {}
        for name in sorted(self.names):
            lower = name.lower()
            if lower.startswith("meta-inf/") and "manifest" in lower and lower.endswith(".xml"):
                manifest = self._manifest(name)
                if manifest is not None:
                    found.setdefault(manifest.signature, manifest)
        return found

    def _manifest(self, name: str) -> Manifest | None:
        root = parse_xml(self.read(name))
        reference = root.find(f"{{{ASIC}}}SigReference")
        if reference is None:
            return None
        covered, wrong, missing = set(), [], []
        for item in root.findall(f"{{{ASIC}}}DataObjectReference"):
            uri = self._named(item.get("URI", ""))
            fits = self._fits(item, uri)
            if fits is None:
                missing.append(uri)
            elif fits:
                covered.add(unicodedata.normalize("NFC", uri))
            else:
                wrong.append(uri)
        signature = unicodedata.normalize("NFC", unquote(reference.get("URI", "")))
        return Manifest(name, signature, frozenset(covered), tuple(wrong), tuple(missing))

    def _named(self, uri: str) -> str:
        """The name that a reference means; some programs write it without escaping (RFC 3986 2.4)."""
        plain = unquote(uri)
        present = unicodedata.normalize("NFC", plain) in self.names
        return plain if present or unicodedata.normalize("NFC", uri) not in self.names else uri

    def _fits(self, item: etree._Element, uri: str) -> bool | None:
        method = item.find(ds("DigestMethod"))
        algorithm = DIGESTS.get("" if method is None else method.get("Algorithm", ""))
        if algorithm is None:
            raise UnreadableSignature(f"a manifest with an unknown digest for {uri}")
        actual = self.digest(uri, algorithm)
        if actual is None:
            return None
        return actual == decoded(text_of(item.find(ds("DigestValue"))))

    def _facts(
        self, covered: frozenset[str], together: frozenset[str]
    ) -> tuple[IntegrityFacts, tuple[Note, ...]]:
        """A file that no signature takes in is foreign; one that only another does is told."""
        left, others = self.data - together, (self.data & together) - covered
        facts = IntegrityFacts(
            structure=Check.HOLDS,
            coverage=Coverage.WHOLE_FILE,
            trailing=Check.HOLDS,
            modification=Modification.NONE,
            allowed=Check.HOLDS,
            pages=Check.HOLDS,
            parts=Check.FAILS if left else Check.HOLDS,
        )
        if not self.data:
            return facts, (Note(reason=Reason.NOTHING_SIGNED),)
        told = ((Reason.PART_NOT_COVERED, left), (Reason.PART_OF_ANOTHER, others))
        return facts, tuple(
            Note(reason=reason, detail=", ".join(sorted(names))[:300])
            for reason, names in told
            if names
        )

    def _message(self, name: str, manifest: Manifest | None) -> _Found:
        """A CAdES signature or a time-stamp, over a manifest or over the only file."""
        try:
            message = read_message(unwrap(self.read(name)).data)
        except (UnreadableSignature, UnsupportedAlgorithm, *STRUCTURE_ERRORS) as error:
            return _settled(_unread("S1", name, Reason.UNREADABLE, _said(error)))
        if manifest is not None:
            signed, covered = manifest.name, manifest.covered
        elif len(self.data) == 1:
            (signed,) = covered = self.data
        else:
            return _settled(_unread("S1", name, Reason.CONTENT_MISSING, ""))

        def judge(together: frozenset[str]) -> list[Looked]:
            facts, notes = self._facts(covered, together)
            whole = self.data <= covered
            try:
                found = check_signers(
                    message, lambda algorithm: self._must(signed, algorithm), facts, field=name
                )
            except (UnreadableSignature, UnsupportedAlgorithm, *STRUCTURE_ERRORS) as error:
                return [_unread("S1", name, Reason.UNREADABLE, _said(error))]
            return [_with_manifest(looked, manifest, facts, notes, whole) for looked in found]

        return _Found(covered, judge)

    def _must(self, name: str, algorithm: str) -> bytes:
        digest = self.digest(name, algorithm)
        if digest is None:
            raise UnreadableSignature(f"{name} is not in the container")
        return digest

    def _xml(self, name: str) -> Iterator[_Found]:
        try:
            root = parse_xml(self.read(name))
        except UnreadableSignature as error:
            yield _settled(_unread("S1", name, Reason.UNREADABLE, str(error)))
            return
        if next(root.iter(ds("Signature")), None) is None:
            yield _settled(_unread("S1", name, Reason.TRACE_ONLY, "no ds:Signature element"))
        for element in root.iter(ds("Signature")):
            yield self._xml_signature(name, element)

    def _xml_signature(self, name: str, element: etree._Element) -> _Found:
        try:
            signature = check_xml_signature(element, self.digest)
        except (UnreadableSignature, *STRUCTURE_ERRORS) as error:
            return _settled(_unread("S1", name, Reason.UNREADABLE, _said(error)))
        references = signature.references
        covered = _normal(references.files) if references is not None else frozenset()
        if is_countersignature(element):
            covered = self.data  # it signs the other signature, which signs the files

        def judge(together: frozenset[str]) -> list[Looked]:
            facts, notes = self._facts(covered, together)
            looked = signer_result(
                signature_id="S1",
                field=name,
                container="ASiC",
                form="XAdES" if signature.is_xades else "XMLDSig",
                facts=facts,
                check=signature.check,
                covers_whole_file=self.data <= covered,
                tokens=signature.tokens,
                material=signature.material,
                notes=notes,
            )
            return [looked]

        return _Found(frozenset() if is_countersignature(element) else covered, judge)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def _settled(looked: Looked) -> _Found:
    """A result that what others take in does not change."""
    return _Found(frozenset(), lambda _: [looked])


def _with_manifest(
    looked: Looked,
    manifest: Manifest | None,
    facts: IntegrityFacts,
    notes: tuple[Note, ...],
    whole: bool,
) -> Looked:
    """The signature's own result, made worse by what its manifest names and is not so."""
    if looked.check is None:
        return looked
    check = looked.check
    if manifest is not None and manifest.wrong:
        check = dataclasses.replace(check, digest=Check.FAILS)
        notes += (Note(reason=Reason.DIGEST_MISMATCH, detail=", ".join(manifest.wrong)[:300]),)
    elif manifest is not None and manifest.missing:
        check = dataclasses.replace(check, digest=Check.UNKNOWN)
        notes += (Note(reason=Reason.CONTENT_MISSING, detail=", ".join(manifest.missing)[:300]),)
    return signer_result(
        signature_id="S1",
        field=looked.result.field,
        container="ASiC",
        form=looked.result.format,
        facts=facts,
        check=check,
        covers_whole_file=whole,
        kind=looked.result.kind,
        claimed_level=looked.result.claimed_level,
        tokens=looked.tokens,
        material=looked.material,
        notes=notes,
    )


def _normal(names: Iterable[str]) -> frozenset[str]:
    return frozenset(unicodedata.normalize("NFC", name) for name in names)


def _evidence(name: str) -> Looked:
    return unread_result(
        signature_id="S1",
        field=name,
        container="ASiC",
        form="RFC4998",
        kind=Kind.EVIDENCE_RECORD,
        reason=Reason.FORMAT_NOT_CHECKED,
        detail="evidence record",
        supported=False,
    )


def _unread(signature_id: str, field: str | None, reason: Reason, detail: str) -> Looked:
    return unread_result(
        signature_id=signature_id,
        field=field,
        container="ASiC",
        form="ASiC",
        reason=reason,
        detail=detail[:300],
    )
