"""Every act that a person or program can do, with somebody who may and somebody who may not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ingest.acts.efile import documents, exports, follow_ups, plan, searches
from ingest.acts.efile import files as file_acts
from ingest.acts.efile.export_document import ExportDocument
from ingest.acts.efile.export_file import ExportFile
from ingest.acts.people import accounts as people_acts
from ingest.acts.people import confidential, operator, own_account, rights
from ingest.acts.people.new_home import Found, Founder
from ingest.acts.road import held, quality, upkeep
from ingest.acts.road.revalidation import Revalidate
from tests.unit.api.acts_subjects import (
    CLERK,
    NUMBERS,
    a_broken_glass,
    a_case,
    a_checked_document,
    a_closed_file,
    a_compartment,
    a_file,
    a_file_with_a_document,
    a_follow_up,
    a_held_item,
    a_part,
    a_path,
    a_refused_change,
    a_rendition,
    a_request,
    a_resolution,
    a_retried_item,
    a_search,
    a_suggested_document,
    a_token,
    a_user,
    an_encrypted_item,
    an_unreviewed_request,
    read_by_glass,
    revision_of,
)
from tests.unit.api.building import House

PLAN_TABLE = "kennzeichen;titel;uebergeordnet;abteilung;jahre\n{0};Neu;;bauamt;30\n"
RULES_TABLE = b"art;wert;abteilung;aktenplan;betreff\nAbsender;Amt*;bauamt;63.1;Sachen\n"


@dataclass(frozen=True, kw_only=True)
class Example:
    """One act. ``prepare`` makes what it is done to and gives the command; ``web`` and ``http`` say
    how the faces ask for the same: a path with the form's fields, or with the body."""

    prepare: Callable[[House, Path], Any]
    by: str  #: may; ``operator`` is the machine's
    actions: tuple[str, ...]  #: of the events that it writes
    refused: str = "niemand"  #: may not; empty where there is nobody who may not
    web: Callable[[Any], tuple[str, Mapping[str, str]]] | None = None
    http: Callable[[Any], tuple[str, Mapping[str, Any]]] | None = None
    transactions: int = 1


# ------------------------------------------------------------------ the table
def _due() -> date:
    return date(2027, 1, 4)


def with_reason(name: str, make: Callable[[House], str], act: Callable[..., Any]) -> Any:
    """Prepare an act that takes what ``make`` gives, by this name, and a reason."""
    return lambda house, _: act(**{name: make(house)}, reason="Grund")


def of(name: str, make: Callable[[House], str], act: Callable[..., Any]) -> Any:
    return lambda house, _: act(**{name: make(house)})


FILE, CASE = "/api/v1/files/{0.file_id}", "/api/v1/cases/{0.case_id}"
REASON = {"reason": "Grund"}


def asks(place: str, **fields: str) -> Any:
    """A face's question: the path with the command's values in it, and what is sent."""
    return lambda command: (
        place.format(command),
        {name: value.format(command) for name, value in fields.items()},
    )


EXAMPLES: dict[type, Example] = {
    # files
    file_acts.OpenFile: Example(
        prepare=lambda house, _: file_acts.OpenFile(plan_unit="63.1", subject="Neu"),
        by="bauamt",
        actions=("FILE_OPENED",),
        web=asks("/akten", plan_unit="63.1", subject="Neu"),
        http=asks("/api/v1/files", plan_unit="63.1", subject="Neu"),
    ),
    file_acts.FinaliseFile: Example(
        prepare=of("file_id", a_file_with_a_document, file_acts.FinaliseFile),
        by="bauamt",
        actions=("DOCUMENT_FINALISED", "RECORD_STATE"),
        web=asks("/akten/{0.file_id}/schlusszeichnen"),
        http=asks(FILE + "/finalise"),
    ),
    file_acts.CloseFile: Example(
        prepare=of("file_id", a_file, file_acts.CloseFile),
        by="bauamt",
        actions=("CASE_CLOSED",),
        web=asks("/akten/{0.file_id}/zda"),
        http=asks(FILE + "/close"),
    ),
    file_acts.ReopenFile: Example(
        prepare=with_reason(
            "file_id", lambda house: a_file(house, closed_by="bauamt"), file_acts.ReopenFile
        ),
        by="registratur",
        refused="bauamt",
        actions=("CASE_REOPENED",),
        web=asks("/akten/{0.file_id}/oeffnen", **REASON),
        http=asks(FILE + "/reopen", **REASON),
    ),
    file_acts.RecomputeRetention: Example(
        prepare=with_reason(
            "file_id", lambda house: a_file(house, closed_by="bauamt"), file_acts.RecomputeRetention
        ),
        by="registratur",
        refused="bauamt",
        actions=(),  # the plan says the same as before
        web=asks("/akten/{0.file_id}/frist", **REASON),
        http=asks(FILE + "/retention", **REASON),
    ),
    file_acts.OpenSubFile: Example(
        prepare=lambda house, _: file_acts.OpenSubFile(file_id=a_file(house), title="Teil"),
        by="bauamt",
        refused="jugendamt",
        actions=("SUB_FILE_OPENED",),
        web=asks("/akten/{0.file_id}/teilakten", title="Teil"),
        http=asks(FILE + "/parts", title="Teil"),
    ),
    file_acts.CloseSubFile: Example(
        prepare=of("sub_file_id", a_part, file_acts.CloseSubFile),
        by="bauamt",
        actions=("CASE_CLOSED",),
        web=asks("/akten/x/teilakten/{0.sub_file_id}/schliessen"),
        http=asks("/api/v1/parts/{0.sub_file_id}/close"),
    ),
    file_acts.ReopenSubFile: Example(
        prepare=with_reason(
            "sub_file_id", lambda house: a_part(house, closed=True), file_acts.ReopenSubFile
        ),
        by="bauamt",
        actions=("CASE_REOPENED",),
        web=asks("/akten/x/teilakten/{0.sub_file_id}/oeffnen", **REASON),
        http=asks("/api/v1/parts/{0.sub_file_id}/reopen", **REASON),
    ),
    file_acts.OpenCase: Example(
        prepare=lambda house, _: file_acts.OpenCase(file_id=a_file(house), title="Vorgang"),
        by="bauamt",
        actions=("CASE_OPENED",),
        web=asks("/akten/{0.file_id}/vorgaenge", title="Vorgang"),
        http=asks(FILE + "/cases", title="Vorgang"),
    ),
    file_acts.CloseCase: Example(
        prepare=of("case_id", a_case, file_acts.CloseCase),
        by="bauamt",
        actions=("CASE_CLOSED",),
        web=asks("/vorgaenge/{0.case_id}/schliessen"),
        http=asks(CASE + "/close"),
    ),
    file_acts.ReopenCase: Example(
        prepare=with_reason(
            "case_id", lambda house: a_case(house, closed=True), file_acts.ReopenCase
        ),
        by="bauamt",
        actions=("CASE_REOPENED",),
        web=asks("/vorgaenge/{0.case_id}/oeffnen", **REASON),
        http=asks(CASE + "/reopen", **REASON),
    ),
    # follow-ups
    follow_ups.SetFollowUp: Example(
        prepare=lambda house, _: follow_ups.SetFollowUp(
            file_id=a_file(house), due=_due(), reason="Grund"
        ),
        by="bauamt",
        actions=("FOLLOW_UP_SET",),
        web=asks("/akten/{0.file_id}/wiedervorlagen", due="2027-01-04", **REASON),
        http=asks(FILE + "/follow-ups", due="2027-01-04", **REASON),
    ),
    follow_ups.FinishFollowUp: Example(
        prepare=of("follow_up_id", a_follow_up, follow_ups.FinishFollowUp),
        by="bauamt",
        actions=("FOLLOW_UP_DONE",),
        web=asks("/wiedervorlagen/{0.follow_up_id}/erledigt"),
        http=asks("/api/v1/follow-ups/{0.follow_up_id}/done"),
    ),
    follow_ups.MoveFollowUp: Example(
        prepare=lambda house, _: follow_ups.MoveFollowUp(
            follow_up_id=a_follow_up(house), due=_due()
        ),
        by="bauamt",
        actions=("FOLLOW_UP_MOVED",),
        web=asks("/wiedervorlagen/{0.follow_up_id}/verlegen", due="2027-01-04"),
        http=asks("/api/v1/follow-ups/{0.follow_up_id}/move", due="2027-01-04"),
    ),
    # documents
    documents.CorrectMetadata: Example(
        prepare=lambda house, _: documents.CorrectMetadata(
            document_id=(found := house.file()),
            revision=revision_of(house, found),
            changes={"title": "Neu"},
        ),
        by="bauamt",
        actions=("METADATA_CHANGED",),
    ),
    documents.MoveToFile: Example(
        prepare=lambda house, _: documents.MoveToFile(
            document_id=house.file(), file_id=a_file(house), reason="Grund"
        ),
        by="bauamt",
        actions=("CASE_OPENED", "REFILED"),
        web=asks("/dokumente/{0.document_id}/umlegen", file_id="{0.file_id}", **REASON),
        http=asks("/api/v1/documents/{0.document_id}/refile", file_id="{0.file_id}", **REASON),
    ),
    documents.RejectSuggestions: Example(
        prepare=of("document_id", a_suggested_document, documents.RejectSuggestions),
        by="bauamt",
        actions=("SUGGESTION_REJECTED",),
        web=asks("/dokumente/{0.document_id}/vorschlag/ablehnen"),
        http=asks("/api/v1/documents/{0.document_id}/suggestions/reject"),
    ),
    documents.FinaliseDocument: Example(
        prepare=of("document_id", House.file, documents.FinaliseDocument),
        by="bauamt",
        actions=("DOCUMENT_FINALISED", "RECORD_STATE"),
        web=asks("/dokumente/{0.document_id}/schlusszeichnen"),
        http=asks("/api/v1/documents/{0.document_id}/finalise"),
    ),
    quality.RecordLook: Example(
        prepare=lambda house, _: quality.RecordLook(
            document_id=house.file(pages=("eins",)), looks=(quality.PageLook(page=1, ok=True),)
        ),
        by="bauamt",
        actions=("QA_PASSED",),
    ),
    Revalidate: Example(
        prepare=of("document_id", a_checked_document, Revalidate),
        by="revision",
        actions=("SIGNATURE_CHECKED",),
        web=asks("/dokumente/{0.document_id}/signaturen"),
        http=asks("/api/v1/documents/{0.document_id}/signatures"),
    ),
    # held
    held.Retry: Example(
        prepare=with_reason("object_id", a_held_item, held.Retry),
        by="poststelle",
        refused="bauamt",
        actions=("QUARANTINE_RELEASED",),
        web=asks("/klaeren/{0.object_id}/nochmals", **REASON),
        http=asks("/api/v1/held/{0.object_id}/retry", **REASON),
    ),
    held.Reject: Example(
        prepare=with_reason("object_id", a_held_item, held.Reject),
        by="poststelle",
        refused="bauamt",
        actions=("REJECTED",),
        web=asks("/klaeren/{0.object_id}/ablehnen", **REASON),
        http=asks("/api/v1/held/{0.object_id}/reject", **REASON),
    ),
    held.GivePassword: Example(
        prepare=lambda house, _: held.GivePassword(
            item_id=an_encrypted_item(house), password="geheim"
        ),
        by="poststelle",
        refused="bauamt",
        actions=("COPY_OPENED", "QUARANTINE_RELEASED"),
        web=asks("/klaeren/{0.item_id}/kennwort", password="geheim"),
        http=asks("/api/v1/held/{0.item_id}/password", password="geheim"),
    ),
    held.SupplyFile: Example(
        prepare=lambda house, folder: held.SupplyFile(
            item_id=a_held_item(house),
            path=a_path(folder),
            file_name="neu.pdf",
            reason="Grund",
        ),
        by="poststelle",
        refused="bauamt",
        actions=("QUARANTINE_RELEASED", "SUPPLEMENT_RECEIVED"),
    ),
    held.Redirect: Example(
        prepare=lambda house, _: held.Redirect(
            item_id=a_held_item(house), department="jugendamt", reason="Grund"
        ),
        by="poststelle",
        refused="bauamt",
        actions=("REDIRECTED",),
        web=asks("/klaeren/{0.item_id}/abteilung", department="jugendamt", **REASON),
        http=asks("/api/v1/held/{0.item_id}/redirect", department="jugendamt", **REASON),
    ),
    # searches
    searches.SaveSearch: Example(
        prepare=lambda house, _: searches.SaveSearch(question=f"Wort{next(NUMBERS)}"),
        by="bauamt",
        refused="",
        actions=("SEARCH_SAVED",),
        web=asks("/suche/merken", q="{0.question}"),
        http=asks("/api/v1/searches", question="{0.question}"),
    ),
    searches.ForgetSearch: Example(
        prepare=lambda house, _: searches.ForgetSearch(search_id=a_search(house)),
        by="bauamt",
        actions=("SEARCH_FORGOTTEN",),
    ),
    searches.MarkHitsSeen: Example(
        prepare=lambda house, _: searches.MarkHitsSeen(search_id=a_search(house)),
        by="bauamt",
        actions=(),
        web=asks("/suche/gemerkt/{0.search_id}"),
        http=asks("/api/v1/searches/{0.search_id}/looked"),
    ),
    # confidential
    confidential.BreakGlass: Example(
        prepare=lambda house, _: confidential.BreakGlass(
            file_mark=a_closed_file(house), reason="Eilfall im Bereitschaftsdienst", minutes=30
        ),
        by="bauamt",
        refused="",  # answered with nothing, and a trace
        actions=("BREAK_GLASS",),
    ),
    confidential.EndBreakGlass: Example(
        prepare=of("glass_id", a_broken_glass, confidential.EndBreakGlass),
        by="bauamt",
        actions=("BREAK_GLASS_ENDED",),
        web=asks("/notzugriff/{0.glass_id}/beenden"),
        http=asks("/api/v1/break-glass/{0.glass_id}/end"),
    ),
    confidential.JudgeBreakGlass: Example(
        prepare=lambda house, _: confidential.JudgeBreakGlass(
            glass_id=a_broken_glass(house), justified=True, remark=""
        ),
        by="revision",
        actions=("BREAK_GLASS_SEEN",),
        web=asks("/notzugriff/{0.glass_id}/pruefen", justified="ja", remark=""),
        http=lambda command: (
            f"/api/v1/break-glass/{command.glass_id}/review",
            {"justified": True, "remark": ""},
        ),
    ),
    confidential.NoteReading: Example(
        prepare=lambda house, _: confidential.NoteReading(document=read_by_glass(house)),
        by="bauamt",
        refused="",
        actions=("READ",),
    ),
    confidential.RemoveMember: Example(
        prepare=lambda house, _: confidential.RemoveMember(
            compartment=a_compartment(house, (name := a_user(house))), user=name
        ),
        by="verwaltung",
        actions=("ROLE_REVOKED",),
        web=asks("/verwaltung/bereiche/{0.compartment}/mitglieder/{0.user}/entfernen"),
        http=asks("/api/v1/compartments/{0.compartment}/members/{0.user}/remove"),
    ),
    confidential.ResolvePseudonym: Example(
        prepare=lambda house, _: confidential.ResolvePseudonym(
            pseudonym="Beispielperson 1", reason="Rückfrage"
        ),
        by="aufloesung",
        actions=("PSEUDONYM_RESOLVED",),
        web=asks("/pseudonyme", pseudonym="Beispielperson 1", reason="Rückfrage"),
        http=asks("/api/v1/pseudonyms/resolve", pseudonym="Beispielperson 1", reason="Rückfrage"),
    ),
    confidential.JudgeResolution: Example(
        prepare=lambda house, _: confidential.JudgeResolution(
            resolution_id=a_resolution(house), justified=True, remark=""
        ),
        by="revision",
        actions=("PSEUDONYM_SEEN",),
        web=asks("/pseudonyme/{0.resolution_id}/pruefen", justified="ja", remark=""),
        http=lambda command: (
            f"/api/v1/pseudonyms/resolutions/{command.resolution_id}/review",
            {"justified": True, "remark": ""},
        ),
    ),
    # people
    people_acts.AddUser: Example(
        prepare=lambda house, _: people_acts.AddUser(user=f"neu{next(NUMBERS)}", name="Neu"),
        by="verwaltung",
        actions=("USER_ADDED",),
        web=asks("/verwaltung/personen", user="{0.user}", name="Neu"),
        http=asks("/api/v1/users", id="{0.user}", display_name="Neu"),
    ),
    people_acts.DisableUser: Example(
        prepare=of("user", a_user, people_acts.DisableUser),
        by="verwaltung",
        actions=("USER_DISABLED",),
        web=asks("/verwaltung/personen/{0.user}/sperren"),
        http=asks("/api/v1/users/{0.user}/disable"),
    ),
    people_acts.EnableUser: Example(
        prepare=of("user", lambda house: a_user(house, disabled=True), people_acts.EnableUser),
        by="verwaltung",
        actions=("USER_ENABLED",),
        web=asks("/verwaltung/personen/{0.user}/entsperren"),
        http=asks("/api/v1/users/{0.user}/enable"),
    ),
    people_acts.AddUnit: Example(
        prepare=lambda house, _: people_acts.AddUnit(unit=f"amt{next(NUMBERS)}", name="Amt"),
        by="verwaltung",
        actions=("UNIT_ADDED",),
    ),
    people_acts.RevokeToken: Example(
        prepare=lambda house, _: people_acts.RevokeToken(entry=a_token(house, "bauamt")),
        by="verwaltung",
        actions=("TOKEN_REVOKED",),
    ),
    # rights
    rights.GrantRole: Example(
        prepare=lambda house, _: rights.GrantRole(user=a_user(house), grant=CLERK),
        by="operator",
        actions=("ROLE_GRANTED",),
    ),
    rights.RevokeRole: Example(
        prepare=lambda house, _: rights.RevokeRole(user=a_user(house, CLERK), grant=CLERK),
        by="verwaltung",
        actions=("ROLE_REVOKED",),
        web=asks(
            "/verwaltung/personen/{0.user}/rollen/entziehen",
            role="case_worker",
            department="bauamt",
        ),
        http=asks("/api/v1/users/{0.user}/roles/revoke", role="case_worker", department="bauamt"),
    ),
    rights.GiveLink: Example(
        prepare=of("user", lambda house: "verwaltung", rights.GiveLink),
        by="verwaltung",
        actions=("LINK_ISSUED",),
    ),
    rights.AdmitMember: Example(
        prepare=lambda house, _: rights.AdmitMember(
            compartment=a_compartment(house), user=a_user(house, CLERK), purpose="Vertretung"
        ),
        by="operator",
        actions=("ROLE_GRANTED",),
    ),
    rights.ExpireRequests: Example(
        prepare=lambda house, _: rights.ExpireRequests(), by="niemand", refused="", actions=()
    ),
    rights.ConfirmRequest: Example(
        prepare=of("request", a_request, rights.ConfirmRequest),
        by="operator",
        actions=("GRANT_CONFIRMED", "ROLE_GRANTED"),
        transactions=2,  # what is over ends in one of its own
    ),
    rights.RefuseRequest: Example(
        prepare=lambda house, _: rights.RefuseRequest(request=a_request(house), remark="nein"),
        by="operator",
        actions=("GRANT_REFUSED",),
        transactions=2,
    ),
    rights.JudgeRequest: Example(
        prepare=lambda house, _: rights.JudgeRequest(
            request=an_unreviewed_request(house), justified=True, remark=""
        ),
        by="revision",
        actions=("GRANT_REVIEWED",),
        transactions=2,
    ),
    rights.NoticeGrants: Example(
        prepare=lambda house, _: rights.NoticeGrants(), by="niemand", refused="", actions=()
    ),
    # one's own account
    own_account.SetPassword: Example(
        prepare=lambda house, _: own_account.SetPassword(password="ein-gutes-langes-Wort-4711"),
        by="jugendamt",
        refused="",
        actions=("PASSWORD_SET",),
    ),
    own_account.NewToken: Example(
        prepare=lambda house, _: own_account.NewToken(role=None, label="Test", days=30),
        by="bauamt",
        refused="",
        actions=("TOKEN_ISSUED",),
    ),
    own_account.RevokeOwnToken: Example(
        prepare=lambda house, _: own_account.RevokeOwnToken(entry=a_token(house, "bauamt")),
        by="bauamt",
        actions=("TOKEN_REVOKED",),
    ),
    # the machine's operator
    operator.IssueLinks: Example(
        prepare=lambda house, _: operator.IssueLinks(users=(a_user(house), a_user(house))),
        by="operator",
        refused="verwaltung",
        actions=("LINK_ISSUED", "LINK_ISSUED"),
    ),
    operator.IssueToken: Example(
        prepare=lambda house, _: operator.IssueToken(
            user=a_user(house, CLERK), role=None, label="Test", days=30
        ),
        by="operator",
        refused="verwaltung",
        actions=("TOKEN_ISSUED",),
    ),
    Found: Example(
        prepare=lambda house, _: Found(
            units={f"amt{next(NUMBERS)}": "Amt"},
            users={f"erste{next(NUMBERS)}": Founder(name="Erste", grants=(CLERK,))},
        ),
        by="operator",
        actions=("ROLE_GRANTED", "UNIT_ADDED", "USER_ADDED"),
    ),
    # plan
    plan.ImportPlan: Example(
        prepare=lambda house, _: plan.ImportPlan(
            table=PLAN_TABLE.format(f"9{next(NUMBERS)}").encode(), check=False
        ),
        by="registratur",
        actions=("PLAN_IMPORTED",),
    ),
    plan.ReplaceRules: Example(
        prepare=lambda house, _: plan.ReplaceRules(table=RULES_TABLE, check=False),
        by="registratur",
        actions=("FILING_RULES_SET",),
    ),
    # exports
    exports.NoteExport: Example(
        prepare=lambda house, _: exports.NoteExport(
            document_id="d1", item_id="i1", rendition=a_rendition()
        ),
        by="bauamt",
        refused="",
        actions=("EXPORTED",),
    ),
    exports.NoteTrailExport: Example(
        prepare=lambda house, _: exports.NoteTrailExport(filters={"action": None}),
        by="revision",
        refused="",
        actions=("EXPORTED",),
    ),
    ExportFile: Example(
        prepare=lambda house, folder: ExportFile(
            file_id=house.file_id(house.file()), out=folder / "akte.pdf"
        ),
        by="bauamt",
        actions=("EXPORTED",),
    ),
    ExportDocument: Example(
        prepare=lambda house, folder: ExportDocument(
            document_id=house.file(), to=folder / f"raus{next(NUMBERS)}"
        ),
        by="bauamt",
        actions=("EXPORTED",),
    ),
    # upkeep
    upkeep.RetryRefused: Example(
        prepare=lambda house, _: a_refused_change(house),
        by="verwaltung",
        actions=("INDEX_RETRIED",),
        web=asks("/verwaltung/suchindex/nochmals"),
        http=asks("/api/v1/index/refused/retry"),
    ),
    upkeep.PurgeEarlier: Example(
        prepare=with_reason("item_id", a_retried_item, upkeep.PurgeEarlier),
        by="registratur",
        refused="bauamt",
        actions=("SUPERSEDED_PURGED",),
    ),
}
