"""Declared indexes and constraints: schema files, operations, fold, diff and squash, compared with the reference."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import nsmig
from nsmig import errors
from nsmig.catalog_operations import CreateConstraint, CreateIndex, RemoveConstraint, RemoveIndex
from nsmig.kinds import CONSTRAINT_FORMS, INDEX_FORMS, Kind
from nsmig.operations import (
    AddIndex,
    AddProperty,
    CreateType,
    DropProperty,
    DropType,
    ExtendKey,
    Operation,
    ReduceKey,
    RenameProperty,
    RenameType,
    RunQuery,
    SetPropertyType,
)
from nsmig.values import Entry, Migration, checksum
from nsmig.yaml_file import migration_text
from nsmig.yaml_file.schema_file import _BESIDE, schema_text
from support import reference
from support.engines import core_schema, plain
from support.squash_cases import check, indexing_cases, random_operations, random_schema

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP
DOCUMENTS = """
nodes:
- name: Document
  properties:
    id: {is_key: true}
    title: {fulltext: {analyzer: english}, text: true, required: {optional: true}}
    place: {type: POINT, point: true}
    embedding: {type: LIST_OF_FLOATS, vector: {dimensions: 3, similarity: cosine, filter: [language], m: 8}}
    language: STRING
- name: Note
  properties: [id, title, body]
relationships:
- name: CITES
  from: Document
  to: Document
  properties:
    page: {type: INTEGER, unique: {name: one_page}}
    line: INTEGER
indexes:
- {kind: fulltext, name: words, node_types: [Note, Document], properties: [title, body]}
- {kind: range, node_types: [Document], properties: [title, language]}
constraints:
- {kind: key, relationship_types: [CITES], properties: [page, line], name: cited}
"""


def of_text(text: str, tmp_path: Path) -> nsmig.Schema:
    (tmp_path / "schema.yaml").write_text(text)
    return nsmig.Schema.load(tmp_path / "schema.yaml")


# ---- Schema files ----------------------------------------------------------------------------------------------------


def test_the_short_forms_and_the_sections_say_the_same(tmp_path: Path) -> None:
    read = of_text(DOCUMENTS, tmp_path)
    assert [each.name for each in read.entries()] == [
        "cited",
        "fulltext_Document_title",
        "one_page",
        "point_Document_place",
        "range_Document_title_language",
        "required_Document_title",
        "text_Document_title",
        "vector_Document_embedding",
        "words",
    ]
    words = read.entries()[-1]
    assert (words.types, words.properties, words.optional) == (("Document", "Note"), ("body", "title"), False)
    assert read.entries()[5].optional
    assert dict(read.entries()[1].options) == {"analyzer": "english"}
    assert dict(read.entries()[7].options) == {
        "dimensions": 3,
        "filter": ["language"],
        "m": 8,
        "similarity": "cosine",
    }
    assert nsmig.Schema.from_dict(read.to_dict()) == read
    short = schema_text(read.to_dict())
    assert "title: {fulltext: {analyzer: english}, text: true, required: {optional: true}}" in short
    assert "page: {type: INTEGER, unique: {name: one_page}}" in short
    assert "- {kind: range, node_types: [Document], properties: [title, language]}" in short
    assert of_text(short, tmp_path) == read


@pytest.mark.parametrize("seed", range(150))
def test_a_written_schema_is_read_back(seed: int, tmp_path: Path) -> None:
    case = indexing_cases(seed, single_label=True, graphs=0)
    schema = core_schema(reference.fold(case.operations, case.base))
    assert of_text(schema_text(schema.to_dict()), tmp_path) == schema


@pytest.mark.parametrize(
    ("before", "instead", "problem"),
    [
        ("fulltext: {analyzer", "fulltext: {analyser", "has no key 'analyser'; did you mean 'analyzer'"),
        ("dimensions: 3", "dimensions: 0", "the option dimensions of a vector index must be an integer from 1 to 4096"),
        ("similarity: cosine", "similarity: cos", "the option similarity of a vector index must be one of cosine, euclidean"),
        ("kind: fulltext", "kind: fultext", "the kind of index 'words' cannot be 'fultext'; did you mean 'fulltext'"),
        ("kind: fulltext", "kind: unique", "the kind of index 'words' cannot be 'unique'"),
        ("[title, language]", "[title, tongue]", "node type 'Document' has no property 'tongue'"),
        ("name: cited", "name: words", "an index or constraint 'words' already exists"),
        ("embedding: {type: LIST_OF_FLOATS", "embedding: {type: INTEGER", "is INTEGER, which a vector index cannot hold"),
        ("place: {type: POINT, point", "place: {type: INTEGER, fulltext", "is INTEGER, which a fulltext index cannot hold"),
        ("{kind: range, node_types: [Document]", "{kind: range, node_types: [Document, Note]", "exactly one type, not 2"),
        ("kind: key, relationship_types: [CITES]", "kind: key, node_types: [Document]", "a key constraint is for relationships"),
        ("properties: [title, language]", "properties: [id]", "are the key of node type 'Document'"),
        ("node_types: [Document], properties: [title, l", "properties: [title, l", "needs either node_types or relationship_types"),
        ("page: {type: INTEGER, unique", "page: {is_indexed: true, unique", "is marked is_indexed"),
        ("name: cited", "kinds: key", "an entry of constraints has no key 'kinds'; did you mean 'kind'"),
        ("relationship_types: [CITES], properties: [page, line], name: cited", "properties: [page, line]", "a constraint needs either"),
        ("name: cited", "name: cited, sort: 1", "an entry of constraints has no key 'sort'"),
        ("filter: [language]", "filter: [embedding]", "'embedding' is in the index twice"),
        ("text: true", "text: yes please", "text of property 'title' of node type 'Document' must be true, or a mapping"),
        ("text: true", "text: {name: ' '}", "is blank; give it another, or none"),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_named_with_its_place(before: str, instead: str, problem: str, tmp_path: Path) -> None:
    assert before in DOCUMENTS
    with pytest.raises(errors.SchemaError) as caught:
        of_text(DOCUMENTS.replace(before, instead), tmp_path)
    assert problem in str(caught.value)
    assert "schema.yaml:" in str(caught.value)


# ---- Operations ------------------------------------------------------------------------------------------------------


def test_an_operation_is_read_as_it_is_written(tmp_path: Path) -> None:
    operations: tuple[Operation, ...] = (
        CreateType(NODE, "A", ("id",), ("p", "q", "r")),
        CreateIndex(NODE, "near", ("A",), ("p",), "vector", {"m": 4, "dimensions": 3, "filter": ["r", "q"]}),
        CreateIndex(NODE, "both", ("A",), ("r", "q"), "range", optional=True),
        CreateConstraint(NODE, "some", ("A",), ("q",), "required"),
        RemoveIndex("both"),
        RemoveConstraint("some"),
    )
    (tmp_path / "m.yaml").write_text(migration_text(Migration("m", operations).to_dict()))
    history = nsmig.History.load(tmp_path)
    read = history["m"]
    assert read.operations[2:] == operations[2:]
    assert read.operations[1].to_dict() == operations[1].to_dict()  # as written, in whatever order
    assert dict(operations[1].created.options)["filter"] == ["q", "r"]  # type: ignore[attr-defined]
    assert [each.description for each in read.operations[1:]] == [
        "Create vector index near on A (p)",
        "Create range index both on A (r, q)",
        "Create constraint some (required) on A (q)",
        "Remove index both",
        "Remove constraint some",
    ]
    assert [each.name for each in history.schema().entries()] == ["near"]


def test_an_option_that_is_not_given_is_not_in_the_checksum() -> None:
    bare = CreateIndex(NODE, "i", ("A",), ("p",), "text")
    assert bare.hashed_arguments == {"name": "i", "node_types": ["A"], "properties": ["p"], "kind": "text"}
    given = CreateIndex(NODE, "i", ("A",), ("p",), "text", optional=True)
    assert checksum([bare]) != checksum([given])


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ("{name: i, node_types: [A], properties: [p], kind: vector, options: {dimension: 3}}", "did you mean 'dimensions'?"),
        ("{name: i, node_types: [A], properties: [p], kind: vectr}", "kind of CreateNodeIndex must be one of vector"),
        ("{name: i, node_types: [A], properties: p, kind: text}", "properties of CreateNodeIndex must be a list of strings"),
        ("{name: i, node_types: [], properties: [p], kind: text}", "a text index names no type"),
        ("{name: i, node_types: [A], kind: text}", "CreateNodeIndex lacks properties"),
        ("{name: i, node_types: [A], properties: [p], kind: text, options: [x]}", "options of CreateNodeIndex must be a mapping"),
        ("{name: i, node_types: [A], properties: [p], kind: text, optional: x}", "must be true or false"),
    ],
)  # fmt: skip
def test_a_wrong_operation_is_an_error_with_its_place(arguments: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        f"name: m\ndependencies: []\noperations:\n- operation: CreateNodeIndex\n  arguments: {arguments}\n"
    )
    with pytest.raises(errors.NsmigError) as caught:
        nsmig.History.load(tmp_path)
    assert problem in str(caught.value) and "m.yaml" in str(caught.value)


# ---- Fold ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", range(0, 600, 100))
def test_the_core_folds_and_refuses_as_the_reference_does(first: int) -> None:
    """Whatever the operation; most of those that concern an entry are refused."""
    applied = refused = 0
    for seed in range(first, first + 100):
        rng = random.Random(seed)
        case = indexing_cases(seed, single_label=True, graphs=0)
        schema, core = case.base, core_schema(case.base)
        for operation in case.operations:
            for tried in [*random_operations(rng, random_schema(rng), 3), operation]:
                try:
                    wanted, _ = reference.apply(schema, tried)
                except reference.FoldRefused:
                    with pytest.raises(errors.FoldError):
                        core.apply(tried)
                    refused += 1
                else:
                    assert plain(core.apply(tried)) == wanted, tried
                    applied += 1
            schema, core = reference.apply(schema, operation)[0], core.apply(operation)
    assert applied > 300 and refused > 300


def test_entries_follow_renames_under_their_own_names() -> None:
    schema = nsmig.Schema()
    for operation in (
        CreateType(NODE, "A", ("id",), ("p", "q")),
        CreateType(NODE, "B", ("id",), ("p",)),
        CreateIndex(NODE, "near", ("A",), ("p",), "vector", {"filter": ["q"]}),
        CreateIndex(NODE, "words", ("A", "B"), ("p",), "fulltext"),
        RenameType(NODE, "A", "Z"),
        RenameProperty(NODE, "Z", "q", "r"),
        RenameProperty(NODE, "Z", "p", "s"),
    ):
        schema = schema.apply(operation)
    near, words = schema.entries()
    assert (near.types, near.properties, dict(near.options)) == (("Z",), ("s",), {"filter": ["r"]})
    # B still has the old name.
    assert (words.types, words.properties) == (("B", "Z"), ("p", "s"))
    words = schema.apply(RenameProperty(NODE, "B", "p", "s")).entries()[1]
    assert words.properties == ("s",)
    assert [each.name for each in schema.entries_on(NODE, "B")] == ["words"]


@pytest.mark.parametrize(
    "operation",
    [
        DropType(NODE, "A"),
        DropProperty(NODE, "A", "p"),
        SetPropertyType(NODE, "A", "p", "INTEGER"),
        AddIndex(NODE, "A", "q"),
        ExtendKey(NODE, "A", "q", 1),
        CreateType(NODE, "A", ("id",), ()),
        RenameType(NODE, "B", "A"),
    ],
)
def test_what_an_entry_does_not_allow_is_refused_with_a_way_out(operation: Operation) -> None:
    schema = nsmig.Schema()
    for each in (
        CreateType(NODE, "A", (), ("p", "q")),
        CreateType(NODE, "B", (), ()),
        CreateIndex(NODE, "i", ("A",), ("p",), "fulltext"),
        CreateConstraint(NODE, "u", ("A",), ("q",), "unique"),
    ):
        schema = schema.apply(each)
    with pytest.raises(errors.FoldError) as caught:
        schema.apply(operation)
    assert "it would leave the " in str(caught.value) and " first, with Remove" in str(caught.value)


# ---- Diff ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", range(0, 600, 100))
def test_a_diff_leads_to_the_other_schema(first: int) -> None:
    for seed in range(first, first + 100):
        one, other = (
            reference.fold(c.operations, c.base) for c in (indexing_cases(s, True) for s in (seed, -seed - 1))
        )
        before, after = core_schema(one), core_schema(other)
        operations = nsmig.diff(before, after, extensions=True)
        reached = before
        for operation in operations:
            reached = reached.apply(operation)
        # A derived name is no name that anybody gave: the database may have another one.
        there = {each.name: each for each in reached.entries()}
        for entry in after.entries():
            name = entry.name if entry.name in there or entry.name != derived_name(entry) else same(entry, there)
            assert there.pop(name) == replace(entry, name=name), (one, other, operations)
        assert not there, (one, other, operations)
        assert replace(plain(reached), catalog={}) == replace(plain(after), catalog={}), (one, other, operations)
        assert nsmig.diff(after, after, extensions=True) == nsmig.diff(reached, after, extensions=True) == []


def derived_name(entry: Entry) -> str:
    return "_".join((entry.form, *entry.types, *entry.properties))


def same(entry: Entry, there: Mapping[str, Entry]) -> str:
    """The name under which it is there."""
    return next(name for name, each in sorted(there.items()) if replace(each, name=entry.name) == entry)


def test_a_name_that_nobody_gave_does_not_matter(tmp_path: Path) -> None:
    """A short form names no index, so the one that the database has keeps its name through a rename of the type."""
    before = of_text("nodes: [{name: A, properties: {id: {is_key: true}, p: {text: true}}}]", tmp_path)
    after = of_text("nodes: [{name: B, properties: {id: {is_key: true}, p: {text: true}}}]", tmp_path)
    renames = nsmig.Renames(types={"A": "B"})
    assert nsmig.diff(before, after, renames, extensions=True) == [RenameType(NODE, "A", "B")]


@pytest.mark.parametrize(
    ("after", "kinds"),
    [
        ("{text: {name: other}}", ["RemoveIndex", "CreateNodeIndex"]),
        ("{fulltext: true}", ["RemoveIndex", "CreateNodeIndex"]),
        ("{is_indexed: true}", ["RemoveIndex", "AddAdditionalNodePropertyIndex"]),
        ("{text: true}", []),
    ],
)
def test_another_name_kind_or_option_is_a_removal_and_a_creation(after: str, kinds: list[str], tmp_path: Path) -> None:
    text = "nodes: [{name: A, properties: {id: {is_key: true}, p: %s}}]"
    one, other = (of_text(text % each, tmp_path) for each in ("{text: true}", after))
    assert [each.name for each in nsmig.diff(one, other, extensions=True)] == kinds


def test_a_derived_name_is_kept_when_an_index_is_created_again(tmp_path: Path) -> None:
    """Queries name it, and the file does not."""
    text = "nodes: [{name: %s, properties: {id: {is_key: true}, p: {fulltext: {analyzer: %s}}}}]"
    one, other, last = (
        of_text(text % each, tmp_path) for each in (("A", "english"), ("B", "swedish"), ("B", "german"))
    )
    renamed = nsmig.diff(one, other, nsmig.Renames(types={"A": "B"}), extensions=True)
    swedish = CreateIndex(NODE, "fulltext_A_p", ("B",), ("p",), "fulltext", {"analyzer": "swedish"})
    assert renamed == [RemoveIndex("fulltext_A_p"), RenameType(NODE, "A", "B"), swedish]
    reached = folded(one, renamed)
    german = replace(swedish, options={"analyzer": "german"})
    assert nsmig.diff(reached, last, extensions=True) == [RemoveIndex("fulltext_A_p"), german]


def test_so_is_that_of_a_vector_index_which_cannot_follow(tmp_path: Path) -> None:
    types = "nodes: [{name: A, properties: {id: {is_key: true}, %s: , %s: }}, {name: B, properties: {id: {is_key: true}, %s: , %s: }}]"
    index = "indexes: [{kind: vector, node_types: [A, B], properties: [%s], options: {filter: [%s]}}]"
    one = of_text(f"{types}\n{index}" % ("e", "f", "e", "f", "e", "f"), tmp_path)
    other = of_text(f"{types}\n{index}" % ("v", "g", "v", "g", "v", "g"), tmp_path)
    renames = nsmig.Renames(properties={f"{of}.{was}": now for of in "AB" for was, now in ("ev", "fg")})
    operations = nsmig.diff(one, other, renames, extensions=True)
    assert operations[0] == RemoveIndex("vector_A_B_e")
    assert operations[-1] == CreateIndex(NODE, "vector_A_B_e", ("A", "B"), ("v",), "vector", {"filter": ["g"]})
    assert [type(each) for each in operations[1:-1]] == [RenameProperty] * 4
    assert nsmig.diff(folded(one, operations), other, extensions=True) == []


def folded(schema: nsmig.Schema, operations: Iterable[Operation]) -> nsmig.Schema:
    for operation in operations:
        schema = schema.apply(operation)
    return schema


def test_the_order_of_filter_properties_does_not_matter() -> None:
    operations = [CreateType(NODE, "A", ("id",), ("p", "q", "r"))]
    one, other = (
        nsmig.Schema().apply(operations[0]).apply(CreateIndex(NODE, "i", ("A",), ("p",), "vector", {"filter": each}))
        for each in (["q", "r"], ["r", "q"])
    )
    assert one == other and nsmig.diff(one, other, extensions=True) == []


def test_a_derived_name_of_another_type_is_free_again(tmp_path: Path) -> None:
    """A's index moves to B with its derived name, which a new A's index then cannot have."""
    text = "nodes: [{name: %s, properties: {id: {is_key: true}, p: {text: true}}}%s]"
    before = of_text(text % ("A", ""), tmp_path)
    after = of_text(text % ("B", ", {name: A, properties: {id: {is_key: true}, p: {text: true}}}"), tmp_path)
    operations = nsmig.diff(before, after, nsmig.Renames(types={"A": "B"}), extensions=True)
    reached = before
    for operation in operations:
        reached = reached.apply(operation)
    assert reached == after and [each.name for each in operations] == [
        "RemoveIndex",
        "RenameNodeType",
        "CreateNodeType",
        "CreateNodeIndex",
        "CreateNodeIndex",
    ]


# ---- Squash ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", range(0, 1500, 100))
def test_a_squash_with_a_catalog_keeps_every_promise(first: int) -> None:
    compared = sum(
        check(indexing_cases(seed, single)) for seed in range(first, first + 100) for single in (False, True)
    )
    assert compared > 200, "hardly a graph that the originals succeed on"


BASE = (
    CreateType(NODE, "A", ("id",), ("p", "q")),
    CreateType(NODE, "B", ("id",), ("p",)),
    CreateIndex(NODE, "i", ("A",), ("p",), "text"),
)


@pytest.mark.parametrize(
    ("operations", "wanted"),
    [
        ((RemoveIndex("i"), CreateIndex(NODE, "i", ("A",), ("p",), "text")), ()),
        (
            (CreateIndex(NODE, "j", ("A",), ("q",), "text"), RenameType(NODE, "A", "C")),
            (RenameType(NODE, "A", "C"), CreateIndex(NODE, "j", ("C",), ("q",), "text")),
        ),
        (
            (RenameProperty(NODE, "A", "p", "r"), RemoveIndex("i"), RenameProperty(NODE, "A", "r", "s")),
            (RemoveIndex("i"), RenameProperty(NODE, "A", "p", "s")),
        ),
        ((RenameProperty(NODE, "A", "p", "r"), RenameProperty(NODE, "A", "r", "p")), ()),
        (
            (RemoveIndex("i"), RunQuery("RETURN 1"), CreateIndex(NODE, "i", ("A",), ("p",), "text")),
            (RemoveIndex("i"), RunQuery("RETURN 1"), CreateIndex(NODE, "i", ("A",), ("p",), "text")),
        ),
        (
            (
                AddProperty(NODE, "A", "n"),
                CreateIndex(NODE, "n", ("A",), ("n",), "text"),
                RemoveIndex("n"),
                DropProperty(NODE, "A", "n"),
            ),
            (),
        ),
    ],
)
def test_only_the_net_effect_is_left(operations: tuple[Operation, ...], wanted: tuple[Operation, ...]) -> None:
    base = core_schema(reference.fold(BASE))
    assert tuple(nsmig.squash(operations, base, single_label=True)) == wanted


A_AND_B = (CreateType(NODE, "A", ("p", "x"), ("q",)), CreateType(NODE, "B", ("j",), ("r",)))
OVER_BOTH = CreateIndex(NODE, "w", ("A", "B"), ("q", "r"), "fulltext")
FROM_KEY_TO_KEY = (ReduceKey(NODE, "A", "x"), ExtendKey(NODE, "A", "q", 1))
# B declares q when A's is renamed, so the index keeps the name.
RENAMED_IN_PLACE = (AddProperty(NODE, "B", "q"), RenameProperty(NODE, "A", "q", "s"))
AROUND_A_QUERY = (
    RenameProperty(NODE, "A", "q", "y"),
    RunQuery("RETURN 1", touches={"nodes": ["B"]}),
    RenameProperty(NODE, "A", "y", "q"),
)


@pytest.mark.parametrize(
    ("entry", "operations", "wanted"),
    [
        (CreateConstraint(NODE, "u", ("A",), ("p", "x", "q"), "unique"), FROM_KEY_TO_KEY, FROM_KEY_TO_KEY),
        (OVER_BOTH, (*RENAMED_IN_PLACE, AddProperty(NODE, "A", "n"), DropProperty(NODE, "A", "n")), RENAMED_IN_PLACE),
        (OVER_BOTH, AROUND_A_QUERY, AROUND_A_QUERY),
    ],
)
def test_what_depends_on_an_entry_keeps_its_place(
    entry: Operation, operations: tuple[Operation, ...], wanted: tuple[Operation, ...]
) -> None:
    base = core_schema(reference.fold((*A_AND_B, entry)))
    assert tuple(nsmig.squash(operations, base, single_label=True)) == wanted


@pytest.mark.parametrize(("operation", "forms"), [("Index", INDEX_FORMS), ("Constraint", CONSTRAINT_FORMS)])
def test_the_core_has_the_same_kinds(operation: str, forms: tuple[str, ...], tmp_path: Path) -> None:
    arguments = "{name: i, node_types: [A], properties: [p], kind: zzz}"
    (tmp_path / "m.yaml").write_text(
        f"name: m\ndependencies: []\noperations:\n- operation: CreateNode{operation}\n  arguments: {arguments}\n"
    )
    with pytest.raises(errors.NsmigError, match=f"must be one of {', '.join(forms)}, not"):
        nsmig.History.load(tmp_path)


def test_the_core_reads_the_same_kinds_beside_a_property() -> None:
    with pytest.raises(errors.SchemaError) as caught:
        nsmig.Schema.from_dict({"nodes": [{"name": "A", "properties": {"p": {"0": 1}}}]})
    assert caught.value.problem.endswith(f"known are {', '.join(('type', 'is_key', 'is_indexed', *_BESIDE))}")


@pytest.mark.parametrize(
    ("option", "least", "most"), [("dimensions", 1, 4096), ("m", 1, 512), ("ef_construction", 1, 3200)]
)
def test_an_option_has_its_bounds(option: str, least: int, most: int) -> None:
    def read(value: int) -> nsmig.Schema:
        properties = {"p": {"vector": {option: value}}}
        return nsmig.Schema.from_dict({"nodes": [{"name": "A", "properties": properties}]})

    assert [dict(read(each).entries()[0].options) for each in (least, most)] == [{option: least}, {option: most}]
    for each in (least - 1, most + 1):
        with pytest.raises(errors.SchemaError, match=f"an integer from {least} to {most}"):
            read(each)
