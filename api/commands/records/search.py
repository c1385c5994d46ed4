"""``registratur search``: find as one of the users does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.common import (
    ConfigOption,
    JsonOption,
    reader_of,
    say,
    settings_of,
    tell,
    tell_if_read_only,
)

if TYPE_CHECKING:
    from ingest.index.searching import Found, FoundDocument


def search(
    query: Annotated[str, typer.Argument(help="Suchworte, wie auf der Seite.")],
    as_user: Annotated[str, typer.Option("--as", help="Wessen Rechte gelten.")],
    limit: Annotated[int, typer.Option(help="Höchstens so viele.", min=1, max=1000)] = 50,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Suchen, was dieser Nutzer sehen darf (wird protokolliert)."""
    settings = settings_of(config)
    from api.wiring_reading import searching
    from search.query.parser import TOO_LONG

    with searching(settings) as seeker:
        tell_if_read_only(seeker.database, recorded="Die Suche")
        found = seeker.find(reader_of(seeker.database, as_user), query, limit=limit)
    if as_json:
        say(_answer(found))
        return
    if found.query.cut:
        tell(TOO_LONG)
    tell(f"{found.total} Treffer")
    for hit in found.hits:
        tell(f"\n{hit.document.title or '(ohne Betreff)'}  [{hit.document.file_mark}]")
        tell(f"  {hit.document.id}, Seite {hit.page or '–'}: {_text(hit)}")


def _answer(found: Found) -> dict[str, Any]:
    return {
        "total": found.total,
        "hits": [
            {
                "id": hit.document.id,
                "document_id": hit.document.id,
                "file_mark": hit.document.file_mark,
                "title": hit.document.title,
                "page": hit.page,
                "score": hit.score,
                "snippet": _text(hit),
            }
            for hit in found.hits
        ],
        "facets": {
            name: [{"value": bucket.value, "count": bucket.count} for bucket in buckets]
            for name, buckets in found.facets.items()
        },
    }


def _text(hit: FoundDocument) -> str:
    return "".join(fragment.text for fragment in hit.fragments)
