"""Which renames are asked about, what flags answer, and what a migration is called."""

from __future__ import annotations

from datetime import datetime

import pytest

from nsmig import History, Kind, Migration, Schema, diff
from nsmig.errors import RenameError
from nsmig.make import (
    Answers,
    ExtensionsError,
    Question,
    UnansweredError,
    check_extensions,
    find_renames,
    next_migration,
    with_key_defaults,
)
from nsmig.operations import AddProperty, DropType, ExtendKey, ReduceKey, RenameType

NOW = datetime(2024, 1, 1, 12)


def schema(nodes: dict[str, str], relationships: dict[str, str] | None = None) -> Schema:
    """Types by name, each with its properties as words; one that ends in ``*`` is of the key."""

    def described(types: dict[str, str]) -> list[dict[str, object]]:
        return [
            {"name": name, "properties": {word.rstrip("*"): {"is_key": word.endswith("*")} for word in words.split()}}
            for name, words in types.items()
        ]

    return Schema.from_dict({"nodes": described(nodes), "relationships": described(relationships or {})})


class Asked:
    """Answers by the old name, and the questions in the order in which they came."""

    def __init__(self, **answers: str) -> None:
        self.answers, self.questions = answers, list[Question]()

    def __call__(self, question: Question) -> str | None:
        self.questions.append(question)
        return self.answers.get(question.old)


def test_nothing_changed_is_no_question() -> None:
    same = schema({"A": "id* p"})
    renames = find_renames(same, same, Answers(), None)
    assert not renames.types and not renames.properties


def test_what_is_gone_with_nothing_added_is_dropped_unasked() -> None:
    renames = find_renames(schema({"A": "id* p", "B": "id*"}), schema({"A": "id*"}), Answers(), None)
    assert not renames.types and not renames.properties


def test_likeliest_questions_and_options_come_first() -> None:
    asked = Asked(full_name="fullname")
    find_renames(schema({"A": "id* full_name zip"}), schema({"A": "id* fullname colour"}), Answers(), asked)
    assert [(question.old, question.options) for question in asked.questions] == [
        ("full_name", ("fullname", "colour")),
        ("zip", ("colour",)),  # a name that is taken is not offered again
    ]


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
    for flag in ("--rename-property 'A.p=q'", "--drop 'A.p'", "--rename-type 'R=S'", "--drop 'R'"):
        assert flag in message
    assert [question.old for question in raised.value.questions] == ["p", "R"]


def test_flags_answer() -> None:
    before, after = schema({"A": "id* p r", "T": "id*"}), schema({"A": "id* q s", "U": "id*"})
    answers = Answers({"T": "U"}, {"A.p": "q"}, frozenset({"A.r"}))
    renames = find_renames(before, after, answers, None)
    assert renames.types == {(Kind.NODE, "T"): "U"}
    assert renames.properties == {(Kind.NODE, "A", "p"): "q"}


@pytest.mark.parametrize(
    ("answers", "named"),
    [
        (Answers(types={"Z": "B"}), "'Z'"),
        (Answers(properties={"A.pp": "q"}), "did you mean 'A.p'"),
        (Answers(properties={"A.p": "nope"}), "'A.p'"),
        (Answers(drops=frozenset({"A.id"})), "'A.id'"),
    ],
)
def test_an_answer_to_no_question_is_an_error(answers: Answers, named: str) -> None:
    with pytest.raises(RenameError, match="nothing to") as raised:
        find_renames(schema({"A": "id* p"}), schema({"A": "id* q"}), answers, None)
    assert named in str(raised.value)


def test_key_defaults() -> None:
    operations = diff(schema({"A": "id*"}), schema({"A": "id* site*"}))
    changed = with_key_defaults(operations, {"A.site": "main"})
    assert [each.default for each in changed if isinstance(each, ExtendKey)] == ["main"]
    with pytest.raises(RenameError, match=r"A\.size"):
        with_key_defaults(operations, {"A.size": 1})


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
