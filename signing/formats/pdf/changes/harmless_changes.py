"""Harmless causes of a revision that pyHanko's policy cannot explain, each seen in a real file.

Used only after the default policy has said OTHER. Every rule names one cause, and approves one
path to one object or one object whose content it has looked at; all else stays unexplained.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyhanko.pdf_utils import generic, misc
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader, RawPdfPath
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    DiffResult,
    ModificationLevel,
    StandardDiffPolicy,
    SuspiciousModification,
)
from pyhanko.sign.diff_analysis.commons import compare_key_refs
from pyhanko.sign.diff_analysis.form_rules_api import FormUpdatingRule
from pyhanko.sign.diff_analysis.rules.form_field_rules import (
    DSSCompareRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    _validate_dss_substructure,
)
from pyhanko.sign.diff_analysis.rules_api import Context, ReferenceUpdate, WhitelistRule
from pyhanko.sign.fields import FieldMDPSpec, MDPPerm

from signing.formats.pdf.changes.comments import PlainMarkup
from signing.formats.pdf.changes.field_appearance import Undecidable
from signing.formats.pdf.changes.filled_fields import FilledAsShown
from signing.formats.pdf.changes.structure_tree import StructureTree
from signing.formats.pdf.reader import entry

PAGE_TREE_KEYS = frozenset(
    {"/Type", "/Kids", "/Count", "/Parent", "/Resources", "/MediaBox", "/CropBox", "/Rotate"}
)
DSS_STREAMS = {"/Certs", "/CRLs", "/OCSPs"}
DSS_KEYS = frozenset({"/Type", "/VRI", *DSS_STREAMS})


class ReplacedDss(WhitelistRule):
    """A new DSS dictionary takes the old one's place and drops some of its entries.

    Validation data only: nothing of it is shown. Seen with a hybrid-reference writer that makes a
    fresh DSS for each archive time-stamp. A DSS that keeps its object is judged by the default
    rule.
    """

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterator[ReferenceUpdate]:
        before = _reference(old.root, "/DSS")
        after = _reference(new.root, "/DSS")
        if before is None or after is None or before == after:
            yield from DSSCompareRule().apply(old, new)
            return
        nothing = generic.DictionaryObject({})  # type: ignore[no-untyped-call]
        context = Context.from_absolute(old, RawPdfPath("/Root", "/DSS"))
        _, dss = yield from misc.map_with_return(
            compare_key_refs("/DSS", old, nothing, new.root),
            ReferenceUpdate.curry_ref(context_checked=context),
        )
        if not isinstance(dss, generic.DictionaryObject) or not set(dss.keys()) <= DSS_KEYS:
            raise SuspiciousModification("/DSS is not a store of validation data")
        yield from _validate_dss_substructure(
            old, new, nothing, dss, DSS_STREAMS, is_vri=False, context=context
        )
        _, vri = yield from misc.map_with_return(
            compare_key_refs("/VRI", old, nothing, dss),
            ReferenceUpdate.curry_ref(context_checked=context.descend("/VRI")),
        )
        if isinstance(vri, generic.DictionaryObject):
            yield from DSSCompareRule._check_vri(  # type: ignore[no-untyped-call]
                old, new, nothing, vri
            )


class DanglingAdditionalStream(WhitelistRule):
    """LibreOffice's trailer names a source file in /AdditionalStreams under an object number that
    does not exist; a later DSS takes that number. No reader shows what the key names."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterator[ReferenceUpdate]:
        streams = entry(old.trailer_view, "/AdditionalStreams")
        dss = _reference(new.root, "/DSS")
        if not isinstance(streams, generic.ArrayObject) or dss is None:
            return
        for place in range(len(streams)):
            named = streams.raw_get(place)
            if not isinstance(named, generic.IndirectObject) or named.reference != dss:
                continue
            if old.reader.xrefs.get_historical_ref(dss, old.revision) is None:
                path = RawPdfPath("/AdditionalStreams", place)
                yield ReferenceUpdate(dss, context_checked=Context.from_absolute(old, path))


class MarkedPageTree(WhitelistRule):
    """iText 5.0 writes its name into the root of the page tree (/ITXT) when it signs."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterator[ReferenceUpdate]:
        before = _reference(old.root, "/Pages")
        after = _reference(new.root, "/Pages")
        if before is None or before != after:
            return
        left, right = old(before), new(after)
        if not _both_dictionaries(left, right) or right.keys() - left.keys() - {"/ITXT"}:
            return
        if _same(left, right, PAGE_TREE_KEYS) and left.keys() <= right.keys():
            path = RawPdfPath("/Root", "/Pages")
            yield ReferenceUpdate(after, context_checked=Context.from_absolute(old, path))


class PageWithSignatureField(WhitelistRule):
    """A page of a tagged document gains the widget of a signature field and changes in nothing
    else; the structure tree, which names the page too, keeps pyHanko from explaining it."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterator[ReferenceUpdate]:
        for ref in new.reader.xrefs.explicit_refs_in_revision(new.revision):
            if old.is_ref_unassignable(ref):
                continue
            left, right = old(ref), new(ref)
            if not _both_dictionaries(left, right) or entry(left, "/Type") != "/Page":
                continue
            rest = (left.keys() | right.keys()) - {"/Annots"}
            if _same(left, right, rest) and _only_signature_widgets(left, right):
                yield ReferenceUpdate(ref)


def _both_dictionaries(left: generic.PdfObject, right: generic.PdfObject) -> bool:
    return all(
        isinstance(item, generic.DictionaryObject) and not isinstance(item, generic.StreamObject)
        for item in (left, right)
    )


def _same(
    left: generic.DictionaryObject, right: generic.DictionaryObject, keys: Iterable[str]
) -> bool:
    return all(_raw(left, key) == _raw(right, key) for key in keys)


def _reference(dictionary: generic.DictionaryObject, key: str) -> generic.Reference | None:
    value = _raw(dictionary, key)
    return value.reference if isinstance(value, generic.IndirectObject) else None


def _raw(dictionary: generic.DictionaryObject, key: str) -> generic.PdfObject | None:
    return dictionary.raw_get(key) if key in dictionary else None


def _only_signature_widgets(
    left: generic.DictionaryObject, right: generic.DictionaryObject
) -> bool:
    before, after = _widgets(left), _widgets(right)
    if before is None or after is None or not before <= after:
        return False
    return all(
        isinstance(widget := ref.get_object(), generic.DictionaryObject)
        and entry(widget, "/FT") == "/Sig"
        for ref in after - before
    )


def _widgets(page: generic.DictionaryObject) -> set[generic.Reference] | None:
    annotations = entry(page, "/Annots")
    if annotations is None:
        return set()
    if not isinstance(annotations, generic.ArrayObject):
        return None
    items = [annotations.raw_get(place) for place in range(len(annotations))]
    if not all(isinstance(item, generic.IndirectObject) for item in items):
        return None
    return {item.reference for item in items}


class _SameResources(HistoricalResolver):
    """A revision in which a page's /Resources that were replaced by an equal dictionary under
    another number still have the old number (seen with a signature server's own writer)."""

    def __init__(self, reader: PdfFileReader, revision: int, old: HistoricalResolver) -> None:
        super().__init__(reader, revision)
        self._old = old

    def get_object(
        self, ref: generic.Reference, as_metadata_stream: bool = False
    ) -> generic.PdfObject:
        found: generic.PdfObject = super().get_object(ref, as_metadata_stream)
        if isinstance(found, generic.DictionaryObject) and entry(found, "/Type") == "/Page":
            self._unify(ref, found)
        return found

    def _unify(self, ref: generic.Reference, page: generic.DictionaryObject) -> None:
        if self._old.is_ref_unassignable(ref):
            return
        before = self._old(ref)
        if not isinstance(before, generic.DictionaryObject):
            return
        left, right = _reference(before, "/Resources"), _reference(page, "/Resources")
        if left is None or right is None or left == right:
            return
        old_one, new_one = self._old(left), super().get_object(right)
        unchanged = super().get_object(left)
        if _both_dictionaries(old_one, new_one) and old_one == new_one == unchanged:
            page["/Resources"] = _raw(before, "/Resources")


FORM = FormUpdatingRule(
    field_rules=[
        SigFieldCreationRule(),  # type: ignore[no-untyped-call]
        SigFieldModificationRule(),
        FilledAsShown(),
    ]
)
POLICY = StandardDiffPolicy(global_rules=DEFAULT_DIFF_POLICY.global_rules, form_rule=FORM)
TOLERANT = StandardDiffPolicy(
    global_rules=[
        *(
            rule
            for rule in DEFAULT_DIFF_POLICY.global_rules
            if not isinstance(getattr(rule, "rule", None), DSSCompareRule)
        ),
        *(
            rule.as_qualified(ModificationLevel.LTA_UPDATES)
            for rule in (
                ReplacedDss(),
                DanglingAdditionalStream(),
                MarkedPageTree(),
                PageWithSignatureField(),
                StructureTree(),
            )
        ),
        PlainMarkup().as_qualified(ModificationLevel.ANNOTATIONS),
    ],
    form_rule=FORM,
)


def harmless_level(
    reader: PdfFileReader,
    signed: int,
    field_mdp_spec: FieldMDPSpec | None,
    doc_mdp: MDPPerm | None,
) -> ModificationLevel | None:
    """The level of the changes once harmless causes are set aside; None where others remain.

    Raises Undecidable where it cannot be told."""
    old = reader.get_historical_resolver(signed)
    level = ModificationLevel.NONE
    for revision in range(signed + 1, reader.xrefs.total_revisions):
        try:
            result = TOLERANT.apply(
                old=old,
                new=_SameResources(reader, revision, old),
                field_mdp_spec=field_mdp_spec,
                doc_mdp=doc_mdp,
            )
        except Undecidable:
            raise
        except SuspiciousModification:
            return None
        assert isinstance(result, DiffResult)
        level = max(level, result.modification_level)
    return level
