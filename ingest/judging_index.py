"""Is every filed document in the search index, and nothing else? (``verify``, object ``index``)"""

from __future__ import annotations

from archive import findable, fixity, outbox
from config.errors import Unavailable
from ingest.judged import Judged
from search.index import IndexState

SHOWN = 20  #: documents that are named


def judge_index(engines: Judged) -> tuple[str, tuple[str, ...]]:
    """``ok|broken|missing|pending|not_checked`` and why, in German.

    What the outbox still holds is on its way. The archive is read before the index: what is filed
    and off the outbox by then must be found.
    """
    health = engines.index.health()
    if health.state is IndexState.AWAY:
        return fixity.NOT_CHECKED, (health.text,)
    if health.state is IndexState.OUTDATED:
        return fixity.PENDING, (health.text,)
    with engines.database.read() as session:
        expected = findable.findable(session)
        waiting = outbox.documents(session)
    try:
        found = {document for document, _ in engines.index.digest()}
    except Unavailable as error:
        lost = health.needs_rebuild
        return fixity.MISSING if lost and expected else fixity.NOT_CHECKED, (str(error),)
    with engines.database.read() as session:
        now = {*findable.findable(session), *outbox.documents(session)}
    lacking = sorted(set(expected) - waiting - found)
    foreign = sorted(found - set(expected) - waiting - now)
    faults = [f"{each}: wird nicht gefunden." for each in lacking[:SHOWN]]
    faults += [f"{each}: wird gefunden und ist nicht abgelegt." for each in foreign[:SHOWN]]
    if len(lacking) + len(foreign) > 2 * SHOWN:
        faults.append(f"{len(lacking)} Dokumente fehlen, {len(foreign)} sind zu viel.")
    if health.needs_rebuild and expected:
        return fixity.MISSING, (health.text, *faults)
    if not lacking and not foreign:
        return fixity.OK, ()
    everything = lacking and len(lacking) == len(set(expected) - waiting)
    return (fixity.MISSING if everything and not foreign else fixity.BROKEN), tuple(faults)
