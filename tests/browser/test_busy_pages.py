"""Pages with something on them, long words too: accessible, and nothing is cut off on a telephone."""

from __future__ import annotations

import pytest

from archive.model import Finding, Grant, Role, Severity
from archive.people import accounts
from tests.browser.conftest import SignIn
from tests.browser.test_pages import open_all, violations
from tests.unit.api.building import BY, FINDING, House
from tests.unit.api.offered_kit import MORE, ask_for_rights
from tests.unit.api.worlds import settle

pytestmark = pytest.mark.browser
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnung"
UNLIKE = Finding(
    code="copy.differs",
    text=f"Seite 2 der Lesefassung sieht anders aus als das Original ({LONG}).",
    page=2,
    severity=Severity.BLOCKS_DESTRUCTION,
)
PLACES = {
    "revision": (
        "/rechte", "/revision?person=init&von=2026-01-01", "/revision?von=2026-03-02&bis=2026-03-01",
        "/notzugriff", "/pseudonyme", "/dokumente/{document}/signaturen",
    ),
    "verw-neu": ("/rechte",),
    "verw-alt": ("/verwaltung",),
    "bauamt": (
        "/suche?q=Antrag", "/sichtpruefung", "/dokumente/{document}",
        "/dokumente/{document}?ansicht=pruefung&von=liste", "/dokumente/{document}/drucken",
        "/eingang?zeit=alle&papier=aufbewahren", "/dokumente/gibtesnicht",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def document(house: House) -> str:
    """With requests, judgements that wait, and a document whose copy was found to differ."""
    with house.database.write() as session:
        for user, grants in MORE.items():
            accounts.add_user(session, user, LONG[:40], by=BY, at=house.clock())
            for grant in grants:
                accounts.grant_role(session, user, grant, by=BY, at=house.clock())
        auditor = Grant(role=Role.AUDITOR, department="jugendamt")
        accounts.grant_role(session, "scan", auditor, by=BY, at=house.clock())
    settle(house, "bauamt", "personal", named=LONG)
    ask_for_rights(house)
    found = house.file(f"Antrag, {LONG}", source=f"{LONG}.pdf", findings=(FINDING, UNLIKE))
    house.index()
    return found


@pytest.mark.parametrize(
    "user",
    [
        "bauamt",
        "verw-neu",
        pytest.param("revision", marks=pytest.mark.campaign),
        pytest.param("verw-alt", marks=pytest.mark.campaign),
    ],
)
def test_what_is_on_them_is_accessible_and_not_cut_off(
    sign_in: SignIn, document: str, user: str
) -> None:
    page, found = sign_in(user, viewport={"width": 400, "height": 900}), []
    for place in PLACES[user]:
        page.goto(place.format(document=document))
        open_all(page)
        if page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        ):
            found.append(f"{place}: wider than the screen")
        found += violations(page)
    assert found == []
