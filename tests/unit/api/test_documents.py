"""Documents over HTTP: who gets what."""

from __future__ import annotations

from tests.unit.api.building import House
from tests.unit.api.conftest import Calls


def test_a_clerk_reads_a_filed_document(house: House, calls: Calls) -> None:
    document = house.file()
    house.index()
    client = calls("bauamt")
    found = client.get(f"/api/v1/documents/{document}")
    assert found.status_code == 200, found.text
    assert found.json()["title"] == "Bauantrag Lindenweg 4"
    hits = client.get("/api/v1/search", params={"q": "Lageplan"}).json()
    assert hits["total"] == 1 and hits["hits"][0]["page"] == 2
    assert "«Lageplan»" in hits["hits"][0]["snippet"]
