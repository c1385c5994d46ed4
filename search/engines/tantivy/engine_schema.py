"""tantivy's form of the fields, and the order in which entries lie in its segments."""

from __future__ import annotations

import zlib

import tantivy

from search import fields

FORM = 1  #: raise when tantivy's form of the fields changes and they do not
PAGE_SCOPE = "page_scope"  #: the scope of pages; "scope" is that of documents
SHELF = "shelf"
_BEHIND = 2**32


def schema() -> tantivy.Schema:
    """tantivy's form of ``fields``; text is not stored, so a deleted one leaves with its terms.

    Documents and pages have their scope in fields of their own, so that asking for either is asking
    for a scope. Their text is in the same fields: the words of a page are those of its document,
    and a word costs most in the first field of a segment that has it.
    """
    builder = tantivy.SchemaBuilder()
    for name in fields.TEXT:
        option = "position" if name in fields.WITH_POSITIONS else "basic"
        builder.add_text_field(name, tokenizer_name="whitespace", index_option=option)
    for name in fields.KEYWORD:
        if name == "vocab":
            builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
            continue
        stored = name in ("kind", "document_id")
        builder.add_text_field(name, stored=stored, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(PAGE_SCOPE, tokenizer_name="raw", index_option="basic")
    for name in fields.FACET:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in fields.NUMBER:  # signed: unsigned fields kill the writer on plain ints
        # Ranges read the column; only the key that pages are asked for by is looked up as a term.
        asked = name == "order"
        builder.add_integer_field(name, stored=name == "revision", indexed=asked, fast=True)
    builder.add_integer_field(SHELF, fast=True)
    return builder.build()


def shelf(scope: str | None) -> int:
    """Where in a segment an entry lies: documents of one scope together, pages (None) behind all.

    A question walks through the words of documents in the reader's scopes alone, and leaps over
    the rest. That is for speed: which of them are shown the scope's own field decides.
    """
    return _BEHIND if scope is None else zlib.crc32(scope.encode())


SCHEMA = schema()


def layout() -> str:
    """What an index was written as; one that says another is to be built anew."""
    return f"{fields.LAYOUT}-{FORM}"
