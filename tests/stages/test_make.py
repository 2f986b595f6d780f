"""Questions about renames, answers by flags, and the names of migrations."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import date, datetime, timezone
from difflib import SequenceMatcher
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsmig import History, Kind, Migration, Schema, diff
from nsmig._core import likeness
from nsmig.errors import RenameError
from nsmig.making.extensions import ExtensionsError, check_extensions
from nsmig.making.key_defaults import with_key_defaults
from nsmig.making.naming import next_migration
from nsmig.making.renames import Answers, Question, UnansweredError, find_renames
from nsmig.operations import AddProperty, DropType, ExtendKey, ReduceKey, RenameType

NOW = datetime(2024, 1, 1, 12)


def schema(nodes: dict[str, str], relationships: dict[str, str] | None = None) -> Schema:
    """Types by name, each with its properties as words; ``*`` marks a key property."""

    def described(types: dict[str, str]) -> list[dict[str, object]]:
        return [
            {"name": name, "properties": {word.rstrip("*"): {"is_key": word.endswith("*")} for word in words.split()}}
            for name, words in types.items()
        ]

    return Schema.from_dict({"nodes": described(nodes), "relationships": described(relationships or {})})


class Asked:
    """Answers by old name, and the questions in the order in which they were asked."""

    def __init__(self, **answers: str) -> None:
        self.answers, self.questions = answers, list[Question]()

    def __call__(self, question: Question) -> str | None:
        self.questions.append(question)
        return self.answers.get(question.old)


def test_without_changes_there_is_no_question() -> None:
    same = schema({"A": "id* p"})
    renames = find_renames(same, same, Answers(), None)
    assert not renames.types and not renames.properties


def test_what_is_gone_with_nothing_added_is_not_dropped_unasked() -> None:
    before, after = schema({"A": "id* p", "B": "id*"}), schema({"A": "id*"})
    with pytest.raises(UnansweredError) as raised:
        find_renames(before, after, Answers(), None)
    assert [question.flags for question in raised.value.questions] == [["--drop B"], ["--drop A.p"]]
    asked = Asked()
    renames = find_renames(before, after, Answers(drops=frozenset({"B"})), asked)
    assert [(each.old, each.options) for each in asked.questions] == [("p", ())]
    assert not renames.types and not renames.properties


def test_likeliest_questions_and_options_come_first() -> None:
    asked = Asked(full_name="fullname")
    find_renames(schema({"A": "id* full_name zip"}), schema({"A": "id* fullname colour"}), Answers(), asked)
    assert [(question.old, question.options) for question in asked.questions] == [
        ("full_name", ("fullname", "colour")),
        ("zip", ("colour",)),  # a taken name is not offered again
    ]


@given(st.lists(st.text("abcAB_1ß", max_size=12), min_size=1, max_size=4), st.text("abcAB_1ß", max_size=12) | st.text())
def test_likeness_is_that_of_difflib(others: list[str], one: str) -> None:
    plain = [SequenceMatcher(None, one, other, autojunk=False).ratio() for other in others]
    assert likeness(one, others) == plain


def test_many_names_are_compared_in_little_time() -> None:
    """With 400 properties of other names, comparing all of them by difflib took seconds."""
    before, after = (" ".join(f"{way}{n}_of_the_{n * n}" for n in range(400)) for way in ("street", "city"))
    asked = Asked()
    started = process_time()
    find_renames(schema({"A": f"id* {before}"}), schema({"A": f"id* {after}"}), Answers(), asked)
    assert process_time() - started < 2 and len(asked.questions) == 400
    assert asked.questions[0].options[0].partition("_")[2] == asked.questions[0].old.partition("_")[2]


def test_a_type_is_likeliest_what_declares_the_same() -> None:
    asked = Asked(Human="Folk")
    before = schema({"Human": "ssn* born height"})
    after = schema({"Humane": "id* title", "Folk": "ssn* born height"})
    renames = find_renames(before, after, Answers(), asked)
    assert asked.questions[0].options == ("Folk", "Humane")
    assert renames.types == {(Kind.NODE, "Human"): "Folk"}


def test_properties_of_a_renamed_type_are_asked_by_its_new_name() -> None:
    asked = Asked(A="B", p="q")
    renames = find_renames(schema({"A": "id* p"}), schema({"B": "id* q"}), Answers(), asked)
    assert [question.type for question in asked.questions] == [None, "B"]
    assert renames.properties == {(Kind.NODE, "B", "p"): "q"}


def test_each_old_name_is_asked_about_once() -> None:
    asked = Asked()
    find_renames(schema({"A": "id* a b"}), schema({"A": "id* x y z"}), Answers(), asked)
    assert sorted(question.old for question in asked.questions) == ["a", "b"]


def test_unattended_the_error_names_the_flags() -> None:
    with pytest.raises(UnansweredError) as raised:
        find_renames(schema({"A": "id* p"}, {"R": ""}), schema({"A": "id* q"}, {"S": ""}), Answers(), None)
    message = str(raised.value)
    for flag in ("--rename-property A.p=q", "--drop A.p", "--rename-type R=S", "--drop R"):
        assert flag in message
    assert [question.old for question in raised.value.questions] == ["p", "R"]


ODD = ["it's", "a b", "x=y", "-x", "$HOME `id`", 'say "no"', "a\\b", "*", "ü", "a;b\nc", "p.q"]


@pytest.mark.parametrize("name", ODD)
def test_flags_are_quoted_for_the_shell(name: str) -> None:
    for question in (
        Question(Kind.NODE, None, name, (f"{name}2",)),
        Question(Kind.NODE, f"T {name}", name, (f"{name}2",)),
    ):
        path = name if question.type is None else f"T {name}.{name}"
        flag = "--rename-type" if question.type is None else "--rename-property"
        words = shlex.split(" ".join(question.flags))
        assert words == [flag, f"{path}={name}2", "--drop", path]


def test_flags_answer() -> None:
    before, after = schema({"A": "id* p r", "T": "id*"}), schema({"A": "id* q s", "U": "id*"})
    answers = Answers({"T": "U"}, {"A.p": "q"}, frozenset({"A.r"}))
    renames = find_renames(before, after, answers, None)
    assert renames.types == {(Kind.NODE, "T"): "U"}
    assert renames.properties == {(Kind.NODE, "A", "p"): "q"}


def test_a_key_and_a_property_that_swap_names() -> None:
    before, after = schema({"A": "a* b"}), schema({"A": "b* a"})
    renames = find_renames(before, after, Answers(properties={"A.a": "b", "A.b": "a"}), None)
    assert renames.properties == {(Kind.NODE, "A", "a"): "b", (Kind.NODE, "A", "b"): "a"}
    with pytest.raises(ExtensionsError) as raised:
        check_extensions(diff(before, after, extensions=True), False, before)
    assert "--rename-property A.a=b --rename-property A.b=a" in str(raised.value)


# --- Hints ------------------------------------------------------------------------------------------------------------


def test_hints_answer_what_flags_leave_open() -> None:
    before, after = schema({"A": "id* p r", "T": "id*"}), schema({"A": "id* q s", "U": "id*"})
    hints = Answers({"T": "U"}, {"A.p": "q", "A.r": "s"})
    renames = find_renames(before, after, Answers(), None, hints)
    assert renames.properties == {(Kind.NODE, "A", "p"): "q", (Kind.NODE, "A", "r"): "s"}
    answers = Answers({}, {"A.p": "s"}, frozenset({"A.r"}))
    renames = find_renames(before, after, answers, None, hints)
    assert renames.types == {(Kind.NODE, "T"): "U"} and renames.properties == {(Kind.NODE, "A", "p"): "s"}


def test_hints_that_no_longer_apply_are_harmless() -> None:
    same = schema({"A": "a* b", "B": "id*"})
    hints = Answers(
        {"X": "A", "A": "B", "B": "A"}, {"A.a": "b", "A.b": "a", "A.c": "b"}, frozenset({"C", "A.d", "A.a"})
    )
    renames = find_renames(same, same, Answers(), None, hints)
    assert not renames.types and not renames.properties
    after = schema({"A": "a* b c", "B": "id*"})
    renames = find_renames(same, after, Answers(), None, hints)
    assert not renames.types and not renames.properties
    assert with_key_defaults([], Schema(), {}, {"A.z": 1}) == []


@pytest.mark.parametrize(
    ("answers", "named"),
    [
        (Answers(types={"Z": "B"}), "'Z'"),
        (Answers(properties={"A.pp": "q"}), "did you mean 'A.p'"),
        (Answers(properties={"A.p": "nope"}), "'A.p'"),
        (Answers(drops=frozenset({"A.id"})), "'A.id'"),
        (Answers(properties={"A.p": "q"}, drops=frozenset({"A.p"})), "another flag"),
    ],
)
def test_an_answer_to_no_question_is_an_error(answers: Answers, named: str) -> None:
    with pytest.raises(RenameError, match=r"cannot (drop|rename)") as raised:
        find_renames(schema({"A": "id* p"}), schema({"A": "id* q"}), answers, None)
    assert named in str(raised.value)


def test_a_rename_to_what_is_there_overwrites_nothing() -> None:
    """It would only be possible after dropping the existing one, which no one has asked for."""
    before, after = schema({"A": "id* p q"}), schema({"A": "id* q"})
    given = Answers(properties={"A.p": "q"})
    with pytest.raises(RenameError, match=r"cannot rename 'A.p' to 'q': property q of node type A already exists"):
        find_renames(before, after, given, None)
    with pytest.raises(RenameError, match="already exists, and a rename overwrites nothing"):
        find_renames(before, after, given, lambda question: None)
    dropped = replace(given, drops=frozenset({"A.q"}))
    assert find_renames(before, after, dropped, None).properties == {(Kind.NODE, "A", "p"): "q"}
    with pytest.raises(RenameError, match=r"cannot rename 'A' to 'B': node type B already exists"):
        find_renames(schema({"A": "id*", "B": "id*"}), schema({"B": "id*"}), Answers(types={"A": "B"}), None)


def test_key_defaults() -> None:
    after = schema({"A": "id* site*"})
    operations = diff(schema({"A": "id*"}), after)
    changed = with_key_defaults(operations, after, {"A.site": "main"})
    assert [each.default for each in changed if isinstance(each, ExtendKey)] == ["main"]
    changed = with_key_defaults(operations, after, {}, {"A.site": "hinted", "A.nothing": 1})
    assert [each.default for each in changed if isinstance(each, ExtendKey)] == ["hinted"]
    changed = with_key_defaults(operations, after, {"A.site": None}, {"A.site": "hinted"})
    assert [each.default for each in changed if isinstance(each, ExtendKey)] == [None]
    with pytest.raises(RenameError, match=r"A\.size.*did you mean 'A\.site'"):
        with_key_defaults(operations, after, {"A.size": 1})


DAY = date(2020, 1, 31)
NOON = datetime(2020, 1, 31, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        ("STRING", ["x", 7, True, [1]], []),
        ("INTEGER", [5, -(2**63)], ["x", "5", 5.0, True, 2**63, DAY, [5]]),
        ("FLOAT", [5, 5.5], ["5.5", False, [5.5]]),
        ("BOOLEAN", [True, False], ["true", 1]),
        ("DATETIME", [NOON, NOON.replace(tzinfo=None)], ["2020-01-31", 2020]),
        ("LIST_OF_INTEGERS", [[], [1, 2]], [1, ["x"], [1, 2.5], {1: 2}]),
        ("LIST_OF_STRINGS", [["x"]], ["x"]),
        ("LIST_OF_DATETIMES", [[NOON]], [NOON]),
    ],
)
def test_a_key_default_is_of_the_declared_type(type_: str, good: list[Any], bad: list[Any]) -> None:
    before = schema({"A": "id*"})
    properties = {"id": {"is_key": True}, "k": {"is_key": True, "type": type_}}
    after = Schema.from_dict({"nodes": [{"name": "A", "properties": properties}]})
    operations = diff(before, after, extensions=True)

    def given(value: Any, hinted: bool) -> Any:
        flags, hints = ({}, {"A.k": value}) if hinted else ({"A.k": value}, {})
        changed = with_key_defaults(operations, after, flags, hints)
        (default,) = (each.default for each in changed if isinstance(each, ExtendKey))
        return default

    for hinted in (True, False):
        for value in good:
            assert repr(given(value, hinted)) == repr(value)
        for value in bad:
            with pytest.raises(
                RenameError, match=r"declares 'A\.k' as .*, so its key default must be .*; give --key-d"
            ):
                given(value, hinted)
    if "DATETIME" in type_:
        assert given([DAY] if "LIST" in type_ else DAY, False) in (datetime(2020, 1, 31), [datetime(2020, 1, 31)])


def test_extensions_are_refused_where_nodestream_must_read() -> None:
    operations = diff(schema({"A": "a* b*"}), schema({"A": "a* b"}))
    assert any(isinstance(each, ReduceKey) for each in operations)
    check_extensions(operations, True)
    with pytest.raises(ExtensionsError, match="extensions: true"):
        check_extensions(operations, False)


def test_the_name_is_the_time_and_what_a_single_operation_does() -> None:
    history = History([])
    one, other = RenameType(Kind.NODE, "A", "B"), DropType(Kind.NODE, "C")
    assert next_migration(history, [one], NOW).name == "20240101120000_rename_node_type_a_to_b"
    assert next_migration(history, [one, other], NOW).name == "20240101120000"
    assert next_migration(history, [one, other], NOW, "Big Change").name == "20240101120000_big_change"


MINDED = "'\"`$&;|<>()[]{}*?!#~^%:/\\ \t\n\0\x7f\u2028"


@pytest.mark.parametrize("sign", MINDED, ids=repr)
def test_a_name_has_no_sign_that_a_shell_or_a_file_system_minds(sign: str) -> None:
    made = next_migration(History([]), [], NOW, f"add mayor{sign}s name").name
    assert made == "20240101120000_add_mayor_s_name"
    assert shlex.quote(made) == made


def test_a_name_keeps_letters_and_numbers_of_all_languages() -> None:
    slug = "größe-2_नाम.v1,a+b=c@d"
    assert next_migration(History([]), [], NOW, slug).name == f"20240101120000_{slug}"
    assert next_migration(History([]), [], NOW, "' '").name == "20240101120000"


def test_the_next_migration_depends_on_the_leaves_and_has_a_name_of_its_own() -> None:
    names = ("20240101120000", "20240101120001")
    history = History([Migration(name) for name in names])
    migration = next_migration(history, [DropType(Kind.NODE, "C"), DropType(Kind.NODE, "D")], NOW)
    assert migration.name == "20240101120002"
    assert migration.dependencies == names


def test_names_sort_as_they_were_made() -> None:
    history = History([Migration("20240101120000_start")])
    made = next_migration(history, [DropType(Kind.NODE, "C")], NOW, "birth")
    assert made.name == "20240101120001_birth"


@pytest.mark.parametrize("name", ["a/b", "a\\b", "a\0b", "a\nb", "ü" * 300])
def test_any_name_of_a_type_makes_a_file_name(name: str) -> None:
    made = next_migration(History([]), [AddProperty(Kind.NODE, name, "p", None)], NOW).name
    assert made.isprintable() and not set(made) & set("/\\")
    assert len(f"{made}.yaml".encode()) <= 255
