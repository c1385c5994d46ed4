"""Generations on an Elasticsearch cluster: plain indices, and aliases that point to two of them.

    registratur-s1-a1-ec38f98e0d01-000001   layout, analyser version, number
    registratur-current                     the alias that everybody reads and writes
    registratur-previous                    what was current before, for a rollback

What a generation was written with stands in its mapping (``_meta``), so one call tells both where
the alias points and whether it may be asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from elastic_transport import TransportError
from elasticsearch import ApiError, BadRequestError, Elasticsearch, NotFoundError

from search import fields
from search.engines.elasticsearch.cluster_query import MAX_PAGES
from search.errors import IndexFault, IndexUnavailable
from search.index import IndexState

AWAY: Final = frozenset((429, 502, 503, 504))  #: answers of a cluster that comes back
_KEYWORD = {"type": "keyword"}


@dataclass(frozen=True, slots=True)
class Generation:
    """One index of the cluster. ``state`` is READY or why it may not be asked."""

    name: str
    state: IndexState


@contextmanager
def speaking(url: str) -> Iterator[None]:
    """Failures of the cluster in our words."""
    try:
        yield
    except ApiError as error:
        if error.status_code in AWAY:
            raise IndexUnavailable(f"Elasticsearch ({url}) ist überlastet: {error}") from error
        raise IndexFault(f"Elasticsearch ({url}) hat abgelehnt: {error}") from error
    except TransportError as error:
        raise IndexUnavailable(f"Elasticsearch ({url}) ist nicht erreichbar: {error}") from error


class Cluster:
    """The generations below one prefix."""

    def __init__(self, client: Elasticsearch, *, url: str, prefix: str, analyser: str) -> None:
        self.client = client
        self.url = url
        self.prefix = prefix
        self.analyser = analyser
        self.current_alias = f"{prefix}-current"
        self.previous_alias = f"{prefix}-previous"
        self._aliases = (self.current_alias, self.previous_alias)
        self._begun = False

    def current(self) -> Generation:
        """Where the alias points now. Makes the first generation where there is none at all."""
        with speaking(self.url):
            found = self._behind(self.current_alias)
            if found is None and not self._begun:
                if not self._all():
                    self._first()
                # Also where another process was quicker, between our two looks.
                found = self._behind(self.current_alias)
            self._begun = True
        return found or Generation("", IndexState.LOST)

    def begin(self, tag: str, *, resume: bool = False) -> Generation:
        """A new empty generation, or the newest that was begun for the same and left. Others that
        nobody points to stay for a person: another process may be filling one."""
        with speaking(self.url):
            left = self._left(tag) if resume else None
            name = left or self._create(self._next_number(), aliases={}, tag=tag)
        return Generation(name, IndexState.READY)

    def _left(self, tag: str) -> str | None:
        pointed = {each.name for each in map(self._behind, self._aliases) if each is not None}
        found = self.client.indices.get(
            index=f"{self.prefix}-s*", allow_no_indices=True, filter_path="*.mappings._meta"
        ).body
        wanted = _meta(self.analyser, tag)
        fitting = [name for name, body in found.items() if body["mappings"]["_meta"] == wanted]
        return max((name for name in fitting if name not in pointed), default=None)

    def promote(self, name: str, *, keep: bool) -> None:
        with speaking(self.url):
            self.client.indices.refresh(index=name)
            before = self._behind(self.current_alias)
            if before is not None and before.name == name:
                return
            older = self._behind(self.previous_alias)
            kept = before.name if before is not None and keep else None
            self._point(name, kept)
            for other in (before, older):
                if other is not None and other.name not in (name, kept):
                    self.client.indices.delete(index=other.name, ignore_unavailable=True)

    def rollback(self) -> None:
        with speaking(self.url):
            before, older = self._behind(self.current_alias), self._behind(self.previous_alias)
            if older is None:
                raise IndexUnavailable(
                    "Es gibt keinen früheren Suchindex, zu dem man zurück könnte."
                )
            self._point(older.name, before.name if before else None)

    def discard(self, name: str) -> None:
        with speaking(self.url):
            pointed = (self._behind(self.current_alias), self._behind(self.previous_alias))
            if all(other is None or other.name != name for other in pointed):
                self.client.indices.delete(index=name, ignore_unavailable=True)

    def remove_everything(self) -> None:
        with speaking(self.url):
            for name in self._all():
                self.client.indices.delete(index=name, ignore_unavailable=True)

    def _behind(self, alias: str) -> Generation | None:
        try:
            found = self.client.indices.get(index=alias, filter_path="*.mappings._meta").body
        except NotFoundError:
            return None
        if not found:  # the filter leaves nothing of an index without ``_meta``
            return Generation(alias, IndexState.DAMAGED)
        ((name, body),) = found.items()
        meta: Mapping[str, Any] = body["mappings"]["_meta"]
        ours = (meta.get("layout"), meta.get("analyser")) == (fields.LAYOUT, self.analyser)
        return Generation(name, IndexState.READY if ours else IndexState.OUTDATED)

    def _all(self) -> list[str]:
        found = self.client.indices.get(
            index=f"{self.prefix}-s*", allow_no_indices=True, filter_path="*.settings.index.uuid"
        ).body
        return sorted(found)

    def _next_number(self) -> int:
        numbers = [
            int(match[1]) for name in self._all() if (match := re.search(r"-(\d{6})$", name))
        ]
        return max(numbers, default=0) + 1

    def _first(self) -> None:
        try:
            self._create(1, aliases={self.current_alias: {}})
        except BadRequestError as error:
            if "resource_already_exists" not in str(error):  # another process was quicker
                raise

    def _create(self, number: int, *, aliases: Mapping[str, Any], tag: str = "first") -> str:
        name = f"{self.prefix}-s{fields.LAYOUT}-a{self.analyser}-{number:06d}"
        self.client.indices.create(
            index=name,
            aliases=aliases,
            settings=_settings(),
            mappings=_mappings(self.analyser, tag),
            wait_for_active_shards=1,
        )
        return name

    def _point(self, current: str, previous: str | None) -> None:
        """Both aliases in one step."""
        everywhere = f"{self.prefix}-s*"
        actions: list[dict[str, Any]] = [
            {"remove": {"index": everywhere, "alias": alias, "must_exist": False}}
            for alias in (self.current_alias, self.previous_alias)
        ]
        actions.append({"add": {"index": current, "alias": self.current_alias}})
        if previous is not None:
            actions.append({"add": {"index": previous, "alias": self.previous_alias}})
        self.client.indices.update_aliases(actions=actions)


def _settings() -> dict[str, Any]:
    return {
        "number_of_shards": 1,  # up to some 30 GB; facets of one shard are exact
        "auto_expand_replicas": "0-1",
        "refresh_interval": "5s",
        "max_inner_result_window": MAX_PAGES,
        "merge.policy.expunge_deletes_allowed": 0,
    }


def _mappings(analyser: str, tag: str) -> dict[str, Any]:
    """Elasticsearch's form of ``fields``; pages are nested, so a document changes as a whole."""
    page = {name: _text(name) for name in fields.PAGE_TEXT}
    page |= dict.fromkeys(("ref", "ref_c", "ref_tail"), _KEYWORD)
    page |= {"page": {"type": "integer"}}
    properties: dict[str, Any] = {name: _text(name) for name in fields.TEXT}
    properties |= dict.fromkeys((*fields.KEYWORD, *fields.FACET), _KEYWORD)
    properties |= {name: {"type": "long"} for name in fields.NUMBER if name != "page"}
    properties["pages"] = {"type": "nested", "dynamic": "strict", "properties": page}
    return {
        "_meta": _meta(analyser, tag),
        "dynamic": "strict",
        "_source": {"includes": ["document_id", "revision", "kind"]},  # no text is stored
        "properties": properties,
    }


def _meta(analyser: str, tag: str) -> dict[str, Any]:
    """What a generation was written with, and what for."""
    return {"layout": fields.LAYOUT, "analyser": analyser, "tag": tag}


def _text(name: str) -> dict[str, Any]:
    positions = name in fields.WITH_POSITIONS
    return {
        "type": "text",
        "analyzer": "whitespace",
        "norms": False,
        "index_options": "positions" if positions else "docs",
    }
