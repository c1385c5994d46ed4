"""Fetching the list of lists and the lists that it names; each is verified before it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pyhanko.sign.validation.qualified.eutl_parse import LOTLParseResult, parse_lotl_unsafe

from config.errors import ServiceError
from signing.errors import TrustError, UnreadableSignature
from signing.trust.https_fetcher import Fetcher
from signing.trust.trusted_lists import (
    OWN_TERRITORY,
    TrustedList,
    import_data,
    read_list,
    stored_lists,
)

PIVOTS = 20  #: handed-over signers of the list of lists that are followed


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What became of one list: new, same or failed."""

    name: str
    url: str
    outcome: str
    text: str = ""


def refresh(
    folder: Path, fetcher: Fetcher, *, url: str, territories: tuple[str, ...], at: datetime
) -> tuple[Refreshed, ...]:
    """Bring the store in ``folder`` up to date; ``territories`` empty: all that are named.

    One list that fails leaves the others alone; what was there stays. Never raises for what
    the network gives.
    """
    try:
        data = fetcher.get(url)
        parsed = _parsed(read_list(data), url)
        _pivots(folder, fetcher, parsed, at)
        found = [_keep(folder, data, "LOTL", url, at)]
    except (ServiceError, OSError) as error:
        return (Refreshed(name="LOTL", url=url, outcome="failed", text=str(error)),)
    for reference in parsed.references:
        name = reference.territory.upper()
        if name != OWN_TERRITORY and (not territories or name in territories):
            found.append(_one(folder, fetcher, name, reference.location_uri, at))
    missing = sorted(set(territories) - {one.name for one in found})
    found += [
        Refreshed(name=name, url=url, outcome="failed", text="in der LOTL nicht genannt")
        for name in missing
    ]
    return tuple(found)


def _parsed(head: TrustedList, url: str) -> LOTLParseResult:
    if not head.is_list_of_lists:
        raise TrustError(f"{url}: das ist keine Liste der Vertrauenslisten")
    try:
        return parse_lotl_unsafe(head.text())
    except (ValueError, TypeError, KeyError, LookupError) as error:
        raise UnreadableSignature(f"{url}: nicht lesbar: {error}") from None


def _pivots(folder: Path, fetcher: Fetcher, parsed: LOTLParseResult, at: datetime) -> None:
    """Earlier lists of lists that name the signers of this one, the oldest first."""
    for url in reversed(parsed.pivot_urls[:PIVOTS]):
        try:
            import_data(folder, fetcher.get(url), name=url, at=at)
        except (TrustError, UnreadableSignature):
            continue  # signed before today's anchors, or elsewhere; the head decides


def _one(folder: Path, fetcher: Fetcher, name: str, url: str, at: datetime) -> Refreshed:
    try:
        return _keep(folder, fetcher.get(url), name, url, at)
    except (ServiceError, OSError) as error:
        return Refreshed(name=name, url=url, outcome="failed", text=str(error))


def _keep(folder: Path, data: bytes, name: str, url: str, at: datetime) -> Refreshed:
    known = {one.data for one in stored_lists(folder)[0]}
    if data in known:
        return Refreshed(name=name, url=url, outcome="same")
    info = import_data(folder, data, name=url, at=at)
    got = "LOTL" if name == "LOTL" else info.territory
    if got != name:
        raise TrustError(f"{url}: ist die Liste von {info.territory}, nicht von {name}")
    return Refreshed(name=name, url=url, outcome="new", text=f"Nr. {info.sequence_number}")
