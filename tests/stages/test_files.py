"""Writing YAML and files, and reading schema files. The peer is nodestream itself, run as a program."""

from __future__ import annotations

import errno
import os
import pickle
import subprocess
import sys
import threading
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nsmig import Schema
from nsmig.errors import FileInTheWayError, NsmigError, SchemaError, SchemaFileError, WriteError, YamlError
from nsmig.operations import NODESTREAM_OPERATIONS
from nsmig.yaml_file import migration_path, migration_text, nodestream_schema_text, schema_text, write_new
from nsmig.yaml_file.by_pyyaml import dump_any
from nsmig.yaml_file.writing import dump
from support.places import NODESTREAM_MADE
from support.reference import full_form
from support.strategies import ODD_TEXTS, schema_dicts, yaml_values
from support.terminal import python

MADE_MIGRATIONS = sorted(NODESTREAM_MADE.glob("*/migrations/*.yaml"))
MADE_SCHEMAS = sorted([*NODESTREAM_MADE.glob("*/schema-*.yaml"), *NODESTREAM_MADE.glob("*/folded.yaml")])

# --- Text: the same bytes as nodestream writes ------------------------------------------------------------------------


def test_the_made_files_are_there() -> None:
    assert len(MADE_MIGRATIONS) > 30 and len(MADE_SCHEMAS) > 30


@pytest.mark.parametrize("path", MADE_MIGRATIONS, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_made_migrations_are_rewritten_to_the_byte(path: Path) -> None:
    assert migration_text(yaml.safe_load(path.read_bytes())).encode() == path.read_bytes()


@pytest.mark.parametrize("path", MADE_SCHEMAS, ids=lambda path: f"{path.parts[-2]}/{path.stem}")
def test_made_schemas_are_rewritten_to_the_byte(path: Path) -> None:
    content = yaml.safe_load(path.read_bytes())
    assert nodestream_schema_text(content).encode() == path.read_bytes()
    assert full_form(yaml.safe_load(schema_text(content))) == full_form(content)


NODESTREAM_WRITES = """
import pickle, sys, tempfile
from pathlib import Path
from nodestream.schema.migrations import Migration
texts = []
with tempfile.TemporaryDirectory() as folder:
    for migration in pickle.load(sys.stdin.buffer):
        path = Path(folder) / "migration.yaml"
        Migration.from_file_data(migration).write_to_file(path)
        texts.append(path.read_bytes())
sys.stdout.buffer.write(pickle.dumps(texts))
"""

ODD_VALUES = [
    *ODD_TEXTS, None, True, False, 0, -1, 10**30, 0.0, -0.0, 1.0, 1e-7, 1e20, 1.5, float("inf"), float("-inf"), float("nan"),
    date(2020, 1, 2), datetime(2020, 1, 2, 3, 4, 5), datetime(2020, 1, 2, 3, 4, 5, 6, timezone.utc),
    datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=-5, minutes=-30))), b"", b"bytes \xff" * 30, [], {}, set(), (1, 2),
    [[1, [2]], []], {"b": 1, "a": {"d": [1], "c": None}}, {"a", "b"}, {2, 1}, [{"k": [1]}], {"": 1, "x" * 130: 2, "a\nb": 3}, {1: 1, "a": 2},
]  # fmt: skip


def odd_migrations() -> list[dict[str, Any]]:
    """Migrations with every operation, and odd names and values in every place."""
    migrations = [
        {
            "name": text,
            "operations": [
                {"operation": "CreateNodeType", "arguments": {"name": text, "keys": {text}, "properties": {text, "p"}}}
            ],
            "dependencies": [text, "x"],
            "replaces": [text],
        }
        for text in ODD_TEXTS
    ]
    for name, spelling in NODESTREAM_OPERATIONS.items():
        arguments: dict[str, Any] = {argument: f"the {argument}" for argument in spelling.arguments.values()}
        if "keys" in arguments:
            arguments |= {"keys": {"b", "a", "c"}, "properties": set()}
        for value in ODD_VALUES if "default" in arguments else [None]:
            if "default" in arguments:
                arguments = arguments | {"default": value}
            operation = {"operation": name, "arguments": arguments}
            migrations.append({"name": "m", "operations": [operation], "dependencies": [], "replaces": []})
    return migrations


def test_nodestream_itself_writes_the_same_bytes() -> None:
    migrations = odd_migrations()
    done = subprocess.run(
        [sys.executable, "-c", NODESTREAM_WRITES], input=pickle.dumps(migrations), stdout=subprocess.PIPE, check=True
    )
    written = pickle.loads(done.stdout)
    assert len(written) == len(migrations) > 250
    for migration, text in zip(migrations, written, strict=True):
        assert migration_text(migration).encode() == text


def test_hand_written_lists_of_names_are_written_as_sets() -> None:
    arguments = {"name": "A", "keys": ["b", "a", "b"], "properties": ()}
    text = migration_text(
        {"name": "m", "operations": [{"operation": "CreateNodeType", "arguments": arguments}], "dependencies": ()}
    )
    assert text == (
        "dependencies: []\nname: m\noperations:\n- arguments:\n    keys: !!set\n      a: null\n      b: null\n    name: A\n"
        "    properties: !!set {}\n  operation: CreateNodeType\nreplaces: []\n"
    )
    assert arguments == {"name": "A", "keys": ["b", "a", "b"], "properties": ()}, "what was given is left alone"


def test_shared_values_are_written_out_not_anchored() -> None:
    shared = {"a": [1]}
    assert dump([shared, shared]) == "- a:\n  - 1\n- a:\n  - 1\n"


@pytest.mark.parametrize("value", [datetime(2020, 1, 1).time(), object(), 1j, Path("x")])
def test_what_yaml_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(NsmigError, match=f"a {type(value).__name__} cannot be written as YAML"):
        dump({"default": value})


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False)
    | st.text()
    | st.text(alphabet=" \n\t\r:#-'\"\\\x00\x07\x7f\x85\xa0\u2028\ufeffa1é😀", max_size=12)
    | st.text(alphabet="ab ,\n", min_size=70, max_size=130)
    | st.dates()
    | st.datetimes().map(lambda each: each.replace(fold=0))  # PyYAML does not write it
    | st.datetimes(timezones=st.just(timezone.utc)).map(lambda each: each.replace(fold=0))
    | st.binary()
)


def values(*sets: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Nested values; the members of a set come from one of ``sets``."""
    return st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.text(max_size=6) | st.integers(), inner, max_size=4)
            | st.one_of(*(st.sets(members, max_size=4) for members in sets))
        ),
        max_leaves=12,
    )


@given(values(st.text(max_size=6), st.text(max_size=3) | st.integers() | st.booleans() | st.none()))
def test_what_is_dumped_loads_again(value: Any) -> None:
    text = dump(value)
    assert text.isascii() and text.endswith("\n")
    assert exact(yaml.safe_load(text)) == exact(value)


@given(values(st.text(max_size=6), st.integers(), st.dates()))
def test_pyyaml_writes_the_same_where_its_order_is_defined(value: Any) -> None:
    assert dump(value) == yaml.safe_dump(value, indent=2)


def exact(value: Any) -> Any:
    """``value`` in a form in which different types, signs, and orders of a set or mapping compare as different."""
    if isinstance(value, list):
        return [exact(each) for each in value]
    if isinstance(value, dict):
        return {repr(key): exact(each) for key, each in value.items()}
    return {repr(each) for each in value} if isinstance(value, set) else repr(value)


HASHED = """
import sys
from nsmig.yaml_file import migration_text
names = {f"n{i}" for i in range(50)}
operation = {"operation": "CreateNodeType", "arguments": {"name": "A", "keys": names, "properties": frozenset(names)}}
mixed = {"operation": "AddNodeProperty", "arguments": {"node_type": "A", "property_name": "p", "default": names | {1, None, 2.5}}}
sys.stdout.write(migration_text({"name": "m", "operations": [operation, mixed], "dependencies": []}))
"""


def test_the_hash_seed_leaves_no_trace() -> None:
    texts = {python(HASHED, environment={"PYTHONHASHSEED": str(seed)}).out for seed in range(5)}
    assert len(texts) == 1 and "n49: null" in texts.pop()


# --- Disk ---------------------------------------------------------------------------------------------------------------


def test_a_new_file_is_written_whole_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "é.yaml"
    write_new(path, "x: 1\ny: é\n")
    assert path.read_bytes() == "x: 1\ny: é\n".encode()
    assert [each.name for each in path.parent.iterdir()] == [path.name], "no temporary file is left"


def test_permissions_are_those_of_an_ordinary_file(tmp_path: Path) -> None:
    (tmp_path / "ordinary").write_text("")
    write_new(tmp_path / "new", "")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "ordinary").stat().st_mode


@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_what_is_there_is_not_overwritten(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "m.yaml"
    if kind == "file":
        path.write_text("old")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("nowhere")
    with pytest.raises(FileInTheWayError, match="already exists") as caught:
        write_new(path, "new")
    assert (
        caught.value.path == str(path)
        and isinstance(caught.value, FileExistsError)
        and isinstance(caught.value, NsmigError)
    )
    assert [each.name for each in tmp_path.iterdir()] == ["m.yaml"]
    assert kind != "file" or path.read_text() == "old"


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP, errno.EINVAL])
def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", refuse)  # such a file system would have to be mounted
    write_new(tmp_path / "m.yaml", "new")
    with pytest.raises(FileInTheWayError):
        write_new(tmp_path / "m.yaml", "newer")
    assert (tmp_path / "m.yaml").read_text() == "new" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("refusing", ["open", "fsync"])
def test_a_folder_that_cannot_be_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusing: str) -> None:
    """A folder that may be written but not read (mode 300), or a file system that cannot sync folders."""
    allowed = getattr(os, refusing)

    def refuse(what: Path | int, *more: int) -> object:
        if Path(what if isinstance(what, Path) else f"/proc/self/fd/{what}").is_dir():
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return allowed(what, *more)

    monkeypatch.setattr(os, refusing, refuse)
    write_new(tmp_path / "m.yaml", "new")
    assert (tmp_path / "m.yaml").read_text() == "new" and len(list(tmp_path.iterdir())) == 1


def test_of_many_writers_one_wins(tmp_path: Path) -> None:
    won: list[int] = []

    def write(number: int) -> None:
        try:
            write_new(tmp_path / "m.yaml", f"{number}" * 10_000)
        except FileInTheWayError:
            return
        won.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and (tmp_path / "m.yaml").read_text() == f"{won[0]}" * 10_000
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("")
    with pytest.raises(WriteError, match=r"folder/m\.yaml"):
        write_new(tmp_path / "folder" / "m.yaml", "")


KILLED = """
import os, resource, sys
from nsmig.errors import WriteError
from nsmig.yaml_file import write_new
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN if sys.argv[2] == "error" else signal.SIG_DFL)
try:
    write_new(sys.argv[1], "x" * 10_000)
except WriteError as error:
    print(error)
"""


@pytest.mark.parametrize("how", ["error", "kill"])
def test_a_write_that_fails_leaves_no_half_file(tmp_path: Path, how: str) -> None:
    """The system refuses after 1000 bytes, with an error or by killing the process."""
    path = tmp_path / "m.yaml"
    done = python(KILLED, path, how)
    assert not path.exists() and not list(tmp_path.glob("*.yaml"))
    if how == "error":
        assert done.out.startswith(f"{path}: cannot be written: {os.strerror(errno.EFBIG)}")
        assert not list(tmp_path.iterdir())
    else:
        assert done.code < 0


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a/b", "path separator"),
        ("/etc/x", "path separator"),
        ("../x", "path separator"),
        ("a\0b", "NUL"),
        ("x" * 251, "255 bytes"),
        ("é" * 126, "255 bytes"),
        (".hidden", "begin with a dot"),
        ("", "begin with a dot"),
    ],
)
def test_names_that_cannot_be_file_names(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(WriteError, match=reason):
        migration_path(tmp_path, name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["20230101000000", "squash_from_a_to_b", "x" * 250, "é" * 125, "a b: c", "a\nb"])
def test_names_that_can(tmp_path: Path, name: str) -> None:
    write_new(migration_path(tmp_path, name), "")
    assert [each.name for each in tmp_path.iterdir()] == [f"{name}.yaml"]


# --- Schema files -------------------------------------------------------------------------------------------------------


def read(folder: Path, text: str | bytes) -> dict[str, Any]:
    path = folder / "schema.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Schema.load(path).to_dict()


def prop(type: str = "STRING", is_key: bool = False, is_indexed: bool = False) -> dict[str, Any]:
    return {"is_indexed": is_indexed, "is_key": is_key, "type": type}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("{name: {is_key: true}, age: {type: INTEGER}}", {"name": prop(is_key=True), "age": prop("INTEGER")}),
        ("{age: INTEGER, at: LIST_OF_DATETIMES}", {"age": prop("INTEGER"), "at": prop("LIST_OF_DATETIMES")}),
        ("[b, a]", {"b": prop(), "a": prop()}),
        ("{a: , b: {}, c: {is_indexed: on}}", {"a": prop(), "b": prop(), "c": prop(is_indexed=True)}),
        ("!!set {a, b}", {"a": prop(), "b": prop()}),
        ("{a: &k {is_key: yes}, b: {<<: *k, type: FLOAT}}", {"a": prop(is_key=True), "b": prop("FLOAT", is_key=True)}),
        ("{}", {}),
        ("[]", {}),
        ("", {}),
        (
            "{'no': STRING, '1': , 'a: b': {}, é: FLOAT}",
            {"no": prop(), "1": prop(), "a: b": prop(), "é": prop("FLOAT")},
        ),
    ],
)
def test_short_forms_of_properties(tmp_path: Path, written: str, meant: dict[str, Any]) -> None:
    schema = read(tmp_path, f"nodes:\n- name: A\n  properties: {written}\n")
    assert schema == {"cardinalities": [], "nodes": [{"name": "A", "properties": meant}], "relationships": []}
    assert read(tmp_path, schema_text(schema)) == schema


def test_types_without_properties_and_the_empty_schema(tmp_path: Path) -> None:
    bare = {"cardinalities": [], "nodes": [], "relationships": [{"name": "R", "properties": {}}]}
    assert read(tmp_path, "relationships: [{name: R}]") == bare
    assert nodestream_schema_text(bare) == "cardinalities: []\nnodes: []\nrelationships:\n- name: R\n  properties: {}\n"
    assert schema_text(bare) == "nodes: []\nrelationships:\n- name: R\n"
    assert read(tmp_path, schema_text(bare)) == bare
    assert read(tmp_path, "{}") == {"cardinalities": [], "nodes": [], "relationships": []}
    assert nodestream_schema_text({}) == "cardinalities: []\nnodes: []\nrelationships: []\n"
    assert schema_text({}) == "nodes: []\nrelationships: []\n"


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbfnodes:\r\n- name: A\r\n")["nodes"] == [{"name": "A", "properties": {}}]


WRONG = [
    ("", "0:0", "is empty; write {} if that is meant"),
    ("# nothing\n", "0:0", "is empty"),
    ("nodes:\n", "1:7", "must be a list, not nothing; write [] for none"),
    ("[]", "1:1", "a schema must be a mapping with the keys cardinalities, nodes, relationships, indexes, constraints, not a list"),
    ("nodez: []", "1:1", "a schema has no key 'nodez'; did you mean 'nodes' or 'indexes'?"),
    ("nodes: {A: {}}", "1:8", "the node types must be a list, not a mapping"),
    ("nodes:\n- A", "2:3", "a node type must be a mapping"),
    ("nodes:\n- {properties: {}}", "2:3", "a node type lacks the key 'name'"),
    ("nodes:\n- name: 5\n", "2:9", "the name of a node type must be text, not a number; put it in quotes"),
    ("nodes:\n- name: A\n  propertys: {}", "3:3", "no key 'propertys'; did you mean 'properties'?"),
    ("nodes:\n- name: A\n  properties: 5", "3:15", "the properties of node type 'A' must be a mapping, not a number"),
    ("nodes:\n- name: A\n  properties: [a, no]", "3:19", "must be text, not a boolean; put it in quotes"),
    ("nodes:\n- name: A\n  properties: [a, a]", "3:19", "lists property 'a' twice"),
    ("nodes:\n- name: A\n  properties: {1: STRING}", "3:16", "must be text, not a number"),
    ("nodes:\n- name: A\n  properties: {a: string}", "3:19", "cannot be 'string'; did you mean 'STRING'"),
    ("nodes:\n- name: A\n  properties: {a: {type: INT}}", "3:26", "'INT'; did you mean 'INTEGER'"),
    ("nodes:\n- name: A\n  properties: {a: {is_key: 'yes'}}", "3:28", "is_key of property 'a' of node type 'A' must be true or false"),
    ("nodes:\n- name: A\n  properties: {a: {is_kye: true}}", "3:20", "did you mean 'is_key'"),
    ("nodes:\n- name: A\n  properties: {a: []}", "3:19", "must be a mapping"),
    ("nodes:\n- name: A\n- name: A", "3:9", "node type 'A' is declared twice"),
    ("nodes:\n- name: A\n  name: B", "3:3", "the key 'name' is in line 2 already"),
    ("nodes: []\nnodes: []", "2:1", "the key 'nodes' is in line 1 already"),
    ("nodes:\n- name: A\n  properties: {a: FLOAT, a: FLOAT}", "3:26", "the key 'a' is in line 3 already"),
    ("relationships:\n- name: !env X\n", "2:9", "must be text, not a value with a tag of its own"),
    ("cardinalities:\n- adjacency: {}", "2:3", "a cardinality lacks the key 'cardinality'"),
    ("cardinalities: [{adjacency: {from_node_type: A, to_node_type: B}, cardinality: {}}]", "1:29", "lacks the key 'relationship_type'"),
    ("nodes:\n- {name: A\n", "2:3", "is not YAML: unclosed bracket '{'"),
    ("nodes: []\n---\nnodes: []\n", "2:1", "a second document starts here; a file holds one"),
    ("nodes: *x", "1:8", "unknown anchor"),
    ("nodes:\n- name: a\x07b", "2:10", "control character"),
    (b"nodes:\n- name: a\xe9", "2:10", "is not UTF-8 text"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "problem"), WRONG)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str | bytes, place: str, problem: str) -> None:
    with pytest.raises(SchemaFileError) as caught:
        read(tmp_path, text)
    error = caught.value
    assert isinstance(error, SchemaError) and isinstance(error, YamlError)
    assert problem in error.problem
    assert f"{error.line}:{error.column}" == place and error.file == str(tmp_path / "schema.yaml")
    assert str(error) == (f"{error.file}:{place}: {error.problem}" if error.line else f"{error.file}: {error.problem}")


def test_aliases_of_aliases_do_not_take_forever(tmp_path: Path) -> None:
    levels = [f"p{level}: &a{level} {{<<: [{', '.join([f'*a{level - 1}'] * 10)}]}}" for level in range(1, 8)]
    with pytest.raises(SchemaFileError, match="the file's aliases stand for more than 1000000 values"):
        read(tmp_path, f"nodes:\n- name: A\n  properties: {{p0: &a0 {{type: FLOAT}}, {', '.join(levels)}}}\n")


def test_cardinalities(tmp_path: Path) -> None:
    one = (
        "- adjacency: {from_node_type: A, relationship_type: R, to_node_type: B}\n"
        "  cardinality: {from_side_cardinality: MANY, to_side_cardinality: SINGLE}\n"
    )
    assert read(tmp_path, f"cardinalities:\n{one}")["cardinalities"] == [
        {
            "adjacency": {"from_node_type": "A", "relationship_type": "R", "to_node_type": "B"},
            "cardinality": {"from_side_cardinality": "MANY", "to_side_cardinality": "SINGLE"},
        }
    ]
    with pytest.raises(SchemaFileError, match="the adjacency A - R - B is listed twice"):
        read(tmp_path, f"cardinalities:\n{one}{one}")
    with pytest.raises(SchemaFileError, match="from_side_cardinality cannot be 'FEW'; known are SINGLE, MANY"):
        read(tmp_path, f"cardinalities:\n{one.replace('MANY', 'FEW')}")


@pytest.mark.parametrize("there", [False, True])
def test_no_file_and_a_folder(tmp_path: Path, there: bool) -> None:
    path = tmp_path if there else tmp_path / "schema.yaml"
    with pytest.raises(SchemaFileError, match=r"cannot be read: (Is a directory|No such file)"):
        Schema.load(path)


A_TO_B = ("A", "R", "B")
CONNECTIONS = [
    ("from: A, to: B", [A_TO_B]),
    ("from: [A], to: [B]", [A_TO_B]),
    ("from: [A, B], to: [B, A]", [("A", "R", "A"), A_TO_B, ("B", "R", "A"), ("B", "R", "B")]),
    ("connects: []", []),
    ("connects: [{from: A, to: B}, {from: B, to: [A, B]}]", [A_TO_B, ("B", "R", "A"), ("B", "R", "B")]),
    ("connects: [{from: A, to: B, cardinality: {to: SINGLE}}]", [(*A_TO_B, "MANY", "SINGLE")]),
    ("connects: [{from: A, to: B, cardinality: {from: SINGLE, to: MANY}}]", [(*A_TO_B, "SINGLE", "MANY")]),
    ("connects: [{from: A, to: B, cardinality: {}}]", [A_TO_B]),
]


def cardinality(a: str, r: str, b: str, from_side: str = "MANY", to_side: str = "MANY") -> dict[str, Any]:
    return {
        "adjacency": {"from_node_type": a, "relationship_type": r, "to_node_type": b},
        "cardinality": {"from_side_cardinality": from_side, "to_side_cardinality": to_side},
    }


@pytest.mark.parametrize(("written", "meant"), CONNECTIONS, ids=[each for each, _ in CONNECTIONS])
def test_what_a_relationship_type_connects(tmp_path: Path, written: str, meant: list[tuple[str, ...]]) -> None:
    text = f"relationships: [{{name: R, {written}}}]"
    schema = read(tmp_path, text)
    assert schema["cardinalities"] == [cardinality(*each) for each in meant]
    assert full_form(yaml.safe_load(text)) == schema == read(tmp_path, schema_text(schema))
    assert Schema.from_dict(yaml.safe_load(text)).to_dict() == schema


R = "relationship type 'R'"
NOT_CONNECTIONS = [
    ("from: A", "1:17", f"{R} lacks the key 'to'"),
    ("to: A", "1:17", f"{R} lacks the key 'from'"),
    ("from: A, to: B, connects: []", "1:17", f"{R} has both connects and from or to"),
    ("from: [], to: B", "1:33", f"'from' of {R} lists no node type"),
    ("from: , to: B", "1:32", f"'from' of {R} must be text, not nothing"),
    ("from: {A: B}, to: B", "1:33", f"'from' of {R} must be text, not a mapping"),
    ("from: [5], to: B", "1:34", f"'from' of {R} must be text, not a number; put it in quotes"),
    ("from: [A, A], to: B", "1:17", "the adjacency A - R - B is listed twice"),
    ("connects: [{from: A, to: B}, {from: [B, A], to: B}]", "1:56", "the adjacency A - R - B is listed twice"),
    ("connects: {from: A, to: B}", "1:37", f"connects of {R} must be a list, not a mapping"),
    ("connects: [{from: A}]", "1:38", f"an entry of connects of {R} lacks the key 'to'"),
    ("connects: [{from: A, to: B, type: MANY}]", "1:55", "has no key 'type'"),
    ("connects: [{from: A, to: B, cardinality: SINGLE}]", "1:68", f"a cardinality of {R} must be a mapping with the keys from, to, not text"),
    ("connects: [{from: A, to: B, cardinality: {to: FEW}}]", "1:73", f"the cardinality 'to' of {R} cannot be 'FEW'; known are SINGLE, MANY"),
    ("from: A, to: B, cardinality: {to: SINGLE}", "1:43", "a relationship type has no key 'cardinality'"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "place", "problem"), NOT_CONNECTIONS, ids=[each[0] for each in NOT_CONNECTIONS])
def test_what_a_relationship_type_cannot_connect(tmp_path: Path, written: str, place: str, problem: str) -> None:
    with pytest.raises(SchemaFileError) as caught:
        read(tmp_path, f"relationships: [{{name: R, {written}}}]")
    assert (f"{caught.value.line}:{caught.value.column}", problem in caught.value.problem) == (place, True), (
        caught.value
    )


def test_what_connects_is_said_in_one_place_and_by_relationship_types_only(tmp_path: Path) -> None:
    twice = {"cardinalities": [cardinality(*A_TO_B)], "relationships": [{"name": "R", "from": "A", "to": "B"}]}
    with pytest.raises(SchemaFileError, match="the adjacency A - R - B is listed twice"):
        read(tmp_path, yaml.safe_dump(twice))
    with pytest.raises(SchemaFileError, match="a node type has no key 'from'"):
        read(tmp_path, "nodes: [{name: A, from: B, to: B}]")


def test_products_of_products_do_not_take_forever(tmp_path: Path) -> None:
    names = f"&a [{', '.join(f'T{number}' for number in range(1200))}]"
    with pytest.raises(SchemaFileError, match="the file connects more than 1000000 pairs of types"):
        read(tmp_path, f"relationships:\n- name: R\n  from: {names}\n  to: *a\n")


@given(schema_dicts())
def test_a_written_schema_reads_as_itself(tmp_path_factory: pytest.TempPathFactory, schema: dict[str, Any]) -> None:
    """In both forms, for the core and for the reference; and the same schema gives the same text."""
    folder = tmp_path_factory.getbasetemp()
    for write in (schema_text, nodestream_schema_text):
        text = write(schema)
        assert read(folder, text) == schema == full_form(yaml.safe_load(text))
        assert write(read(folder, text)) == text


@given(schema_dicts(), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_comments_are_only_comments(
    tmp_path_factory: pytest.TempPathFactory, schema: dict[str, Any], comment: str
) -> None:
    places: list[tuple[str, ...]] = [(), ("nodes",), ("relationships",)]
    for section in ("nodes", "relationships"):
        for each in schema[section]:
            places += [(section, each["name"]), *((section, each["name"], name) for name in each["properties"])]
    text = schema_text(schema, {place: [comment, f"{place}"] for place in places})
    assert text.count("# ") >= 2 * len(places)
    assert read(tmp_path_factory.getbasetemp(), text) == schema


def test_the_short_form_as_it_looks() -> None:
    people = {"name": "Person", "properties": {"email": prop(is_key=True), "born": prop("INTEGER"), "a b": prop()}}
    at = {"name": "AT", "properties": {"since": prop("DATETIME", is_key=True, is_indexed=True)}}
    pairs = [("Person", "AT", "Home"), ("Person", "AT", "Work"), ("Robot", "AT", "Home"), ("Robot", "AT", "Work")]
    schema = {
        "nodes": [people, {"name": "no", "properties": {}}],
        "relationships": [at, {"name": "IN", "properties": {}}, {"name": "OF", "properties": {}}],
        "cardinalities": [
            *(cardinality(*each) for each in pairs),
            cardinality("Work", "IN", "Work", "MANY", "SINGLE"),
            cardinality("Work", "IN", "é"),
            cardinality("Home", "OF", "Person"),
            cardinality("Home", "LOST", "Person"),
        ],
    }
    assert schema_text(schema, {(): ["As found."], ("nodes", "Person", "born"): ["3 of 4"]}) == (
        "# As found.\n"
        "nodes:\n"
        "- name: Person\n"
        "  properties:\n"
        '    "a b": STRING\n'
        "    # 3 of 4\n"
        "    born: INTEGER\n"
        "    email: {is_key: true}\n"
        '- name: "no"\n'
        "relationships:\n"
        "- name: AT\n"
        "  from: [Person, Robot]\n"
        "  to: [Home, Work]\n"
        "  properties:\n"
        "    since: {type: DATETIME, is_key: true, is_indexed: true}\n"
        "- name: IN\n"
        "  connects:\n"
        "  - {from: Work, to: Work, cardinality: {to: SINGLE}}\n"
        '  - {from: Work, to: "é"}\n'
        "- name: OF\n"
        "  from: Home\n"
        "  to: Person\n"
        "cardinalities:\n"
        "- adjacency:\n"
        "    from_node_type: Home\n"
        "    relationship_type: LOST\n"
        "    to_node_type: Person\n"
        "  cardinality:\n"
        "    from_side_cardinality: MANY\n"
        "    to_side_cardinality: MANY\n"
    )


# --- The short form gives the same as the long one --------------------------------------------------------------------


@given(st.one_of(yaml_values, st.dictionaries(st.text(max_size=3), st.lists(yaml_values, max_size=3), max_size=3)))
def test_the_quick_writer_writes_as_pyyaml(value: Any) -> None:
    assert dump(value) == dump_any(value)


WORDS = [
    *ODD_TEXTS, "x" * 99, "x" * 100, "x" * 101, "x" * 200, "2020_1", "2020_x", "1_", "1_0x", "0x1", "0b1", "9e9", "y", "n", "_", "Null", "nULL",
    "oFF", "1" * 99, "1" * 130, "1a", "20200101000000_add_p", "infinity", "a-b", "e1",
]  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_words_are_written_as_pyyaml_writes_them(word: str) -> None:
    try:
        expected = dump_any([word])
    except UnicodeEncodeError:
        return
    assert dump([word]) == expected
    for value in ({word: word}, {"a": {word: [word, {word: {word}}]}}, [[word], {word: None}]):
        assert dump(value) == dump_any(value)


def test_keys_that_have_no_order_are_pyyamls() -> None:
    for value in (
        {1: 2, "a": 3},
        {"a": {1: 2, "b": 3}},
        {"a": {1, "b"}},
        [{1: 2, "a": 3}],
        {},
        [],
        (),
        "x",
        None,
        ((1, 2),),
    ):
        assert dump(value) == dump_any(value)
