"""Suggestions in messages."""

from __future__ import annotations

import pytest

from nsmig.errors import nearest, nearest_migration

FOLDER = ["20261128145754_start", "20261128145759_firm", "20261128150000", "squash_from_20261128145754_start"]


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("start", "; did you mean '20261128145754_start'?"),
        ("20261128145801_data", ""),  # only its time is similar
        ("20261128150001", ""),
        ("20251128145759_frim", "; did you mean '20261128145759_firm'?"),
        ("nothing of that", ""),
    ],
)
def test_a_migration_is_alike_by_what_follows_its_time(given: str, hint: str) -> None:
    assert nearest_migration(given, FOLDER) == hint


def test_what_a_word_begins_is_what_was_meant() -> None:
    assert nearest("INT", ["POINT", "INTEGER", "STRING"]) == "; did you mean 'INTEGER'?"
    assert nearest("STRNG", ["POINT", "INTEGER", "STRING"]).startswith("; did you mean 'STRING'")
    assert nearest("", ["A"]) == ""
