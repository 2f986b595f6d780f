"""Expressions of ``using``: refused before any server sees one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsmig.database import expression
from nsmig.database.ladybug import expressions as on_ladybug
from nsmig.database.neo4j import expressions as on_neo4j

REFUSED = [
    # It escapes from its place
    ("value) AS x RETURN (1", "closes nothing"),
    ("value] + [1", "closes nothing"),
    ("(value]", "closes nothing"),
    ("(value", "is missing"),
    ("value // the end", "comment"),
    ("value /* the end", "comment"),
    ("value; DROP INDEX x", "';' at character 6"),
    ("'open", "has no end"),
    ('"open', "has no end"),
    ("`open", "has no end"),
    ("'\\u0027) RETURN (1) // '", "\\u is read"),
    ("value \\ 1", "does not belong"),
    ("$other", "'$' at character 1"),
    ("value \N{EN DASH} 1", "does not belong"),
    ("värde", "does not belong"),
    # It does not always give the same result
    ("rand()", "rand() is not a function"),
    ("`rand` ( )", "rand() is not a function"),
    ("randomUUID()", "randomuuid() is not a function"),
    ("gen_random_uuid()", "gen_random_uuid() is not a function"),
    ("date.realtime()", "date.realtime() is not a function"),
    ("current_timestamp()", "current_timestamp() is not a function"),
    ("nextval('s')", "nextval() is not a function"),
    ("apoc.text.join(value, ',')", "apoc.text.join() is not a function"),
    ("{a: 1}.rand()", ".rand() is not a function"),
    # It reads more than value
    ("EXISTS {(:A)}", "EXISTS {…} reads more"),
    ("count { MATCH (n) }", "count {…} reads more"),
    ("COLLECT {MATCH (n) RETURN n}", "COLLECT {…} reads more"),
    ("m{.timezone}", "m {…} reads more"),
    ("`m` {.*}", "`m` {…} reads more"),
    ("(:A)-->()", "looks like a pattern"),
    ("(:A)<-[:R]-()", "looks like a pattern"),
    ("size([(:A) - - (b) | 1])", "looks like a pattern"),
    ("count(value)", "count() is not a function"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
@pytest.mark.parametrize("refused", [on_neo4j.refused, on_ladybug.refused])
def test_what_leaves_its_place_or_reads_more_is_refused(refused: expression.Rule, text: str, reason: str) -> None:
    assert reason in str(refused(text))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *((f"{each}{gap}()", "needs an argument") for each in ("date", "DateTime", "localtime") for gap in ("", " ")),
        ("datetime({timezone: 'UTC'})", "needs more"),
        ("[m IN [{`TimeZone`: 'UTC'}] | datetime(m)][0]", "needs more"),
        ("datetime({timezone: 'UTC', timezone: 'Z'})", "needs more"),
        ("date.truncate('day')", "needs a second argument"),
        ("datetime.truncate(split('day,x', ',')[0])", "needs a second argument"),
    ],
)
def test_a_clock_is_refused(text: str, reason: str) -> None:
    assert reason in str(on_neo4j.refused(text))


@pytest.mark.parametrize(
    "text",
    [
        "value",
        "  CASE value WHEN 'it\\'s' THEN 9 ELSE toInteger(value) END\n",
        "{high: 9, `low`: 1}[value]",
        "reduce(s = '', x IN value | s + x)",
        "value IN ['// no comment', \"$no_parameter\", '; — é'] AND NOT (value = '')",
        "date.truncate('day', date(value))",
        "datetime({epochSeconds: value, timezone: 'UTC'})",
        "value[-1] + value[0..2] % 3",
        "[x IN CASE WHEN true THEN {a: 1}.a ELSE value END | x]",
        "date(value).year - 1",
        "1.5e-3 * value",
    ],
)
def test_what_is_taken_on_neo4j(text: str) -> None:
    assert on_neo4j.refused(text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cast(VALUE, 'INT64') + `value`", "(cast(v, 'INT64') + v)"),
        (
            "list_transform(string_split(value, 'value'), x -> x + value)",
            "(list_transform(string_split(v, 'value'), x -> x + v))",
        ),
        ("struct_extract({value: value}, 'x')", "(struct_extract({value: v}, 'x'))"),
        ("{a: 1}.value", "({a: 1}.value)"),
        ("value IN ['x']", "(v IN ['x'])"),
    ],
)
def test_where_the_value_stands_on_ladybug(text: str, said: str) -> None:
    assert on_ladybug.refused(text) is None
    assert on_ladybug.evaluated("v", "STRING", text) == said
    copy = "list_concat(v, cast([], 'STRING[]'))"  # of a list
    assert on_ladybug.evaluated("v", "STRING[]", text) == re.sub(r"\bv\b", copy, said)


@pytest.mark.parametrize(
    "text",
    [
        "list_transform(value, n -> n)",
        "list_transform(value, value -> value)",
        "list_reduce(value, (x, value) -> x)",
        "any(value IN [1] WHERE value > 1)",
        "A + 1",
    ],
)
def test_names_that_are_taken_on_ladybug(text: str) -> None:
    assert "is used around the expression" in str(on_ladybug.refused(text))


PIECES = [
    "value",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'",
    '"',
    "`",
    "\\",
    "/",
    "*",
    "-",
    " ",
    "\n",
    ",",
    ".",
    "x",
    "1",
    "'a'",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_what_is_taken_ends_where_it_ends(text: str) -> None:
    """Read letter by letter, without patterns: it leaves no text, name or comment open at its end, and closes no
    surrounding bracket."""
    if on_neo4j.refused(text) is not None:
        return
    inside, depth, at = "", 0, 0
    while at < len(text):
        letter = text[at]
        if inside:
            at += 1 if letter == "\\" and inside != "`" else 0
            inside = "" if letter == inside else inside
        elif letter in "'\"`":
            inside = letter
        else:
            assert text[at : at + 2] not in ("//", "/*")
            depth += (letter in "([{") - (letter in ")]}")
            assert depth >= 0
        at += 1
    assert not inside and depth == 0
