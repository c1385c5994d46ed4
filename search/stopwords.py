"""Function words that are not asked for when other words are."""

from __future__ import annotations

from search.tokens import fold

_WORDS = """
der die das den dem des ein eine einer eines einem einen und oder aber auch als am an auf aus
bei beim bis da dass durch für gegen hat ich ihr im in ins ist mit nach nicht noch nur ob ohne
sich sie sind so über um und unter vom von vor wegen wie wir zu zum zur zwischen
"""
STOPWORDS = frozenset(fold(word) for word in _WORDS.split())
