"""Reading YAML: exactly the values of PyYAML's safe loader, and errors with their places."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nsmig import History, Migration
from nsmig._core import Document, read_value
from nsmig.errors import HistoryError, MissingFolderError, YamlError
from nsmig.yaml_file.migration_file import migration_text
from nsmig.yaml_file.writing import dump
from support.exact import ODD_VALUES, exact
from support.places import CASES
from support.strategies import migration_dicts, yaml_values

FILES = sorted(CASES.rglob("*.yaml"))
NO_VALUE = object()
LOADERS = [yaml.SafeLoader, *([yaml.CSafeLoader] * yaml.__with_libyaml__)]

# ---- Values ----------------------------------------------------------------------------------------------------------


def by_pyyaml(text: bytes, loader: Any) -> Any:
    try:
        return exact(_lists(yaml.load(text, Loader=loader)))
    except (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError):
        return NO_VALUE  # PyYAML passes on any exception of its constructors


def by_core(text: bytes, full: bool) -> Any:
    try:
        return exact(read_value(text, full=full))
    except YamlError:
        return NO_VALUE


def _lists(value: Any) -> Any:
    """``!!omap`` and ``!!pairs`` are lists of tuples to PyYAML; the core has lists only."""
    if isinstance(value, (list, tuple)):
        return [_lists(each) for each in value]
    if isinstance(value, dict):
        return {key: _lists(each) for key, each in value.items()}
    return value


def assert_reads_like_pyyaml(text: bytes) -> None:
    accepted = [by_pyyaml(text, loader) for loader in LOADERS]
    for full in (False, True):
        assert by_core(text, full) in accepted, (text, full)


def assert_never_reads_another_value(text: bytes) -> None:
    """If both read it, they read the same; in odd corners either may refuse what the other reads."""
    values = [each for each in (by_pyyaml(text, loader) for loader in LOADERS) if each is not NO_VALUE]
    for full in (False, True):
        mine = by_core(text, full)
        assert not values or mine is NO_VALUE or mine in values, (text, full)


@pytest.mark.parametrize("file", FILES, ids=lambda file: "/".join(file.parts[-3:]))
def test_files(file: Path) -> None:
    assert_reads_like_pyyaml(file.read_bytes())


WORDS = r"""
null Null NULL ~ nULL true True TRUE tRUE yes Yes YES y Y no No NO n N on On ON off Off OFF false 0 -0 +0 1 +1 -1 017
-017 08 09 0o17 0x1F 0xff -0x1 0b101 0b_1 0b 0x 1_000 _1 1_ 1__0 1:30 -1:30 1:60 190:20:30 1:30.5 1:2:3.5 +1:0
9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809 123456789012345678901234567890
0x123456789012345678901 1.0 1. .5 -.5 +.5 . -. 1e5 1.e5 1.0e5 1.0e+5 1.0E-5 1.5e+300 1.5e+400 12e03 1_0.5 1_0.0_1 .inf
-.inf +.inf .Inf .INF .iNF .nan .NaN .NAN nan inf 1.7976931348623157e+308 2.2250738585072014e-308 4.9e-324 0.1
100000000000000000000.0 1.0e-07 0.30000000000000004 2020-01-02 2020-1-2 2020-01-2 2020-13-01 2020-02-30 0000-01-01
0001-01-01 9999-12-31 2020-01-02T03:04:05 2020-01-02t03:04:05Z 2020-01-02T03:04:05.6 2020-01-02T03:04:05.123456789
2020-01-02T03:04:05+05:30 2020-01-02T03:04:05-05 2020-01-02T24:00:00 2020-01-02T3:04:05 = << * & % @ ` ? : -- --- ...
-a :a a: a:b a#b #a , [ ] { } | > ' " !!int '' "" "\x41" "\u00e9" "\U0001F600" "\q" "\ " 'a''b' é 😀
"""
SCALARS = [
    *WORDS.split(),
    "",
    " ",
    "a b",
    "a: b",
    "a #b",
    "a\n b",
    "'a\n\n b'",
    '"a\\\n b"',
    "2020-01-02 03:04:05",
    "2020-01-02 03:04:05.678 +00:00",
    "2020-01-02  03:04:05 Z",
    "2020-01-02 03:04:05 -5",
    "2001-12-14t21:59:43.10-05:00",
    "!!str 1",
    "!!int '0x1f'",
    "!!int a",
    "!!float 1",
    "!!float a",
    "!!bool yes",
    "!!bool maybe",
    "!!null x",
    "!!timestamp 2020-01-02",
    "!!timestamp x",
    "!!binary aGk=",
    "!!binary a",
    "!!binary é",
    "!!set {a, b}",
    "!!set {a: 1}",
    "!!set [a]",
    "!!map {a: 1}",
    "!!map [a]",
    "!!seq [1]",
    "!!omap [a: 1, b: 2]",
    "!!omap {a: 1}",
    "!!pairs [a: 1, a: 2]",
    "!!python/name:os.system x",
    "!env HOME",
    "!<tag:yaml.org,2002:int> 7",
    "! 7",
    "&a x",
    "[&a 1, *a]",
    "[*b]",
    "&a [*a]",
    "{a: 1, a: 2}",
    "{a: 1, 'a': 2, b: 3}",
    "{1: a, 1.0: b, true: c}",
    "{[a]: b}",
    "{{a: 1}: b}",
    "? a\n: b\n",
    "? a",
    "? |\n  a\n  b\n: 1\n",
    "k:\n  ? !!binary |\n    eA==\n  : null\n",
    "{<<: {a: 1, b: 2}, a: 3}",
    "{<<: [{a: 1}, {a: 2, b: 2}], c: 3}",
    "{<<: 1}",
    "{<<: [1]}",
    "{'<<': {a: 1}}",
    "{=: 1}",
    "- a\n-\n- - b\n",
    "a:\n- b\n- c\n",
    "a:\n  - b\n c: d\n",
    "a: b\n\tc: d\n",
    "a: b: c",
    "--- a\n--- b\n",
    "---\na\n...\n",
    "%YAML 1.1\n---\na\n",
    "%YAML 2.0\n---\na\n",
    "%TAG !e! tag:yaml.org,2002:\n---\n!e!int 7\n",
    "\ufeffa: b",
    "a: \ufeffb",
    "a\r\nb: c\r\n",
    "a: b\r\nc: d\r\n",
    "a\x85b",
    "a\0b",
    "a\x7fb",
]


@pytest.mark.parametrize("text", SCALARS, ids=ascii)
def test_scalars(text: str) -> None:
    for document in (text, f"- {text}\n", f"k: {text}\n", f"[{text}]", f"{{k: {text}}}", f"? {text}\n: v\n"):
        assert_reads_like_pyyaml(document.encode())


@pytest.mark.parametrize(
    "text", ["|\n  a\n   b\n\n", "|-\n  a\n", "|+\n  a\n\n", ">\n  a\n  b\n\n   c\n", ">2\n   a\n"], ids=ascii
)
def test_block_scalars(text: str) -> None:
    for document in (text, f"- {text}", f"k: {text}", f"k:\n- j: {text}\n"):
        assert_reads_like_pyyaml(document.encode())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "latin-1", "utf-32"])
def test_encodings(encoding: str) -> None:
    assert_reads_like_pyyaml("a: é\n".encode(encoding))


values = (
    yaml_values | st.sampled_from(ODD_VALUES) | st.dictionaries(st.text(max_size=3), st.text(max_size=200), max_size=2)
)


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Values as tools and people write them."""
    if draw(st.booleans()):
        return migration_text(draw(migration_dicts())).encode()
    value = draw(values | st.lists(values, max_size=3))
    if draw(st.booleans()):
        return dump(value).encode()
    style = draw(st.sampled_from([None, "'", '"', "|", ">"]))
    text = yaml.safe_dump(
        value,
        default_style=style,
        default_flow_style=draw(st.sampled_from([True, False, None])),
        width=draw(st.sampled_from([5, 20, 80, 1000])),
        indent=draw(st.sampled_from([None, 2, 4])),
        allow_unicode=draw(st.booleans()),
        canonical=draw(st.sampled_from([None, None, True])),
        explicit_start=draw(st.booleans()),
        explicit_end=draw(st.booleans()),
        line_break=draw(st.sampled_from(["\n", "\r\n"])),
        sort_keys=False,
    )
    return text.encode("utf-8", "surrogatepass")


PLAIN = st.sampled_from(
    ["a", "b1", "no", "~", "null", "12", "1_0", "0x1", "1e3", "'it''s'", "''", '"x y"', "'a: b'", "2020-01-02", "1.5"]
)
BLANKS = st.sampled_from(["", "", " ", "  "])
FLOWS = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(st.tuples(BLANKS, inner, BLANKS).map("".join), max_size=3).map(",".join).map("[{}]".format)
        | st.lists(st.tuples(BLANKS, PLAIN, st.sampled_from([": ", ":  "]), inner, BLANKS).map("".join), max_size=3)
        .map(",".join)
        .map("{{{}}}".format)
    ),
    max_leaves=6,
)
ENDS = st.sampled_from(["", "", "  ", " # c: d", "\n", "\n# [c", "\n   # 'c"])


@st.composite
def by_hand(draw: st.DrawFn) -> bytes:
    """Documents as people format them: comments, empty lines, lists in brackets, deeper lists."""
    lines = [draw(st.sampled_from(["", "", "---", "# c", "\n---"]))]
    for number in range(draw(st.integers(1, 4))):
        key = f"{draw(PLAIN.filter(lambda word: word != '~'))}"
        form = draw(
            st.sampled_from(
                ["{key}: {value}", "{key}:{end}\n  - {value}{end}\n  - k: {value}", "{key}:{end}\n   {key}: {value}"]
            )
        )
        text = form.format(key=key if number else "first", value=draw(FLOWS), end=draw(ENDS))
        lines.append(text + draw(ENDS))
    whole = "\n".join(line for line in lines if line)
    return (whole + draw(st.sampled_from(["\n", ""]))).encode()


@st.composite
def mutants(draw: st.DrawFn) -> bytes:
    """Documents with a few bytes dropped, doubled, moved or inserted."""
    text = bytearray(draw(documents() | by_hand() | st.sampled_from(FILES).map(Path.read_bytes)))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        part = bytes(text[at : at + draw(st.integers(0, 4))])
        odd = st.sampled_from(
            [
                b" ",
                b"\n",
                b"\t",
                b":",
                b"- ",
                b"'",
                b'"',
                b"#",
                b"&a ",
                b"*a",
                b"!",
                b"{",
                b"]",
                b",",
                b"~",
                b" #",
                b"|\n",
                b"<<: ",
                b"\xff",
            ]
        )
        text[at : at + len(part)] = draw(
            st.just(b"") | st.just(part * 2) | st.builds(operator.add, odd, st.sampled_from([b"", part]))
        )
    return bytes(text)


@settings(max_examples=200)
@given(documents())
def test_documents(text: bytes) -> None:
    assert_reads_like_pyyaml(text)


@settings(max_examples=300)
@given(by_hand())
def test_documents_by_hand(text: bytes) -> None:
    assert_reads_like_pyyaml(text)


@settings(max_examples=300)
@given(mutants())
def test_mutants(text: bytes) -> None:
    assert_never_reads_another_value(text)


# Documents with the name of an anchor, alias or tag in them, or behind another one.
NAMED = [
    "&{} x\n", "- &{} x\n- *{}\n", "[&{} x, *{} ]", "a: &{} x\nb: *{}\n", "{{a: &{} x, b: *{} }}", "&{}\n  - x\n", "&{} a: x\n",
    "&a{} !!str x", "!!str &a{} x", "[&a{} ]", "- &a x\n- *a{}\n", "[&a x,*a{}]", "&a{} [x]", "&a{}[x]", "{{&a{} k: v, *a{} : w}}",
    "!{} x\n", "[!{} x]", "[!{}, x]", "a: !{} x\n", "{{a: !{} }}", "!<{}> x\n", "!!{} x\n", "!!str{} x\n",
    "!<tag:yaml.org,2002:str{}> x\n", "%TAG !{}! tag:yaml.org,2002:\n---\n!{}!int 7\n",
]  # fmt: skip
NAMES = st.lists(
    st.sampled_from([*"aZ0-_\"'.:,/?!#@&*=+$~;()[]{}<>|%`^\\ é\u00a0😀", "%41", "%c3%a9", "%zz"]), max_size=4
).map("".join)


@settings(max_examples=500)
@given(st.sampled_from(NAMED), NAMES)
def test_names_that_pyyaml_refuses_are_refused(form: str, name: str) -> None:
    text = form.replace("{{", "{").replace("}}", "}").replace("{}", name).encode()
    accepted = [by_pyyaml(text, loader) for loader in LOADERS]
    for full in (False, True):
        mine = by_core(text, full)
        assert mine is NO_VALUE or mine in accepted, (text, full)


@pytest.mark.parametrize(
    "name", ['"', 'a"b', "'", "é", "a.b", "a/b", "a:b", "a!", "a#b", "a*", "a%41", "(a)", "a\\b", "`"]
)
def test_an_anchor_of_such_a_name_is_refused(name: str) -> None:
    for text in (f"- &{name} x\n- *{name}\n", f"&{name} x\n", f"a: &{name} [x]\n"):
        assert by_core(text.encode(), False) is NO_VALUE


@given(st.from_regex(r"[a-zA-Z0-9_-]{1,5}", fullmatch=True))
def test_letters_and_digits_are_names(name: str) -> None:
    for form in NAMED[:9]:
        assert_reads_like_pyyaml(form.replace("{{", "{").replace("}}", "}").replace("{}", name).encode())


# ---- Values with tags ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tagged:
    """A value behind a tag that YAML does not know, as it is written."""

    tag: str
    value: Any


class TagLoader(yaml.SafeLoader):
    """PyYAML's safe loader, keeping tags."""

    def construct_tagged(self, node: yaml.Node) -> Tagged:
        if isinstance(node, yaml.MappingNode):
            return Tagged(node.tag, self.construct_mapping(node, deep=True))
        if isinstance(node, yaml.SequenceNode):
            return Tagged(node.tag, self.construct_sequence(node, deep=True))
        return Tagged(node.tag, node.value)


TagLoader.add_constructor(None, TagLoader.construct_tagged)


def exact_with_tags(value: Any) -> Any:
    if isinstance(value, Tagged):
        return ("tag", value.tag, exact_with_tags(value.value))
    if isinstance(value, dict):
        return ("map", [(exact(key), exact_with_tags(each)) for key, each in value.items()])
    return ("list", [exact_with_tags(each) for each in value]) if isinstance(value, list) else exact(value)


TAGGED = [
    "!env X", "[!env X, {a: !b [1, !c {d: 2020-01-01}]}]", "!a {k: 1, k: !b 2}", "a: !x\nb: !y ''\n", "!!str 1", "[&a !x 1, *a]",
    "!x {<<: {a: 1}, b: 2}", "a: !x |\n  text\n", "!x!y 1", "!python/none ''", "!!python/none ''", "{[a]: !x 1}", "!x {[a]: 1}",
    "{=: !x 1}", "!x {=: 1}", "!!set {a, b}", "a: !x\n- 1\n- 017\n", "!<x> yes", "2020-13-45",
]  # fmt: skip


def by_pyyaml_with_tags(text: str) -> Any:
    try:
        return exact_with_tags(yaml.load(text, Loader=TagLoader))
    except (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError):
        return NO_VALUE


def by_document(text: str) -> Any:
    try:
        document = Document(text.encode(), "x.yaml", YamlError, Tagged)
        return exact_with_tags(None if document.is_empty else document.root.value())
    except YamlError as error:
        assert error.file == "x.yaml"
        return NO_VALUE


@pytest.mark.parametrize("text", TAGGED)
def test_tags_are_kept_as_pyyaml_would_keep_them(text: str) -> None:
    assert by_document(text) == by_pyyaml_with_tags(text)


def test_a_key_has_no_tag_of_its_own() -> None:
    with pytest.raises(YamlError, match=r"x\.yaml:1:2: a tag is unknown; only YAML's own tags can be read here"):
        Document(b"{!x a: 1}", "x.yaml", YamlError, Tagged).root.value()


@given(mutants())
def test_tags_in_mutants_are_never_misread(mutant: bytes) -> None:
    text = mutant.decode("utf-8", "replace").replace("'", "!x '")
    mine, theirs = by_document(text), by_pyyaml_with_tags(text)
    assert mine == theirs or NO_VALUE in (mine, theirs)


@settings(max_examples=50)
@given(content=migration_dicts())
def test_migration_files(tmp_path_factory: pytest.TempPathFactory, content: dict[str, Any]) -> None:
    """A written migration is read unchanged, and equally by one thread and by many."""
    folder = tmp_path_factory.mktemp("migrations")
    content = {**content, "dependencies": [], "replaces": []}
    (folder / "m.yaml").write_bytes(migration_text(content).encode())
    for threads in (0, 1, 3):
        (name,) = History.load(folder, threads=threads).order()
        back = History.load(folder, threads=threads)[name]
        assert back.file == str(folder / "m.yaml")
        assert exact(back.to_dict()["operations"]) == exact(
            [
                {
                    **each,
                    "arguments": {
                        k: sorted(set(v)) if k in ("keys", "properties") else v for k, v in each["arguments"].items()
                    },
                }
                for each in content["operations"]
            ]
        )


# ---- Errors ----------------------------------------------------------------------------------------------------------

MALFORMED = [
    ("", 0, 0, "the file is empty"),
    ("[]\n", 1, 1, "mapping"),
    ("name: m\noperations: []\n", 1, 1, "dependencies"),
    ("name: m\noperations: []\ndependencies: []\nreplace: []\n", 4, 1, "no key 'replace'"),
    ("name: 20230101000000\noperations: []\ndependencies: []\n", 1, 7, "quote it: '20230101000000'"),
    ("name: m\noperations: []\ndependencies:\n", 3, 14, "[] for none"),
    ("name: m\noperations: []\ndependencies: a\n", 3, 15, "write [a]"),
    ("name: m\noperations: []\ndependencies: [a, 1]\n", 3, 19, "quote it: '1'"),
    ("name: m\noperations: []\ndependencies: []\nreplaces: null\n", 4, 11, "replaces"),
    ("name: m\noperations: {}\ndependencies: []\n", 2, 13, "operations"),
    ("name: m\noperations: [DropNodeType]\ndependencies: []\n", 2, 14, "an operation"),
    ("name: m\noperations:\n- operation: DropNodeType\ndependencies: []\n", 3, 3, "arguments"),
    (
        "name: m\noperations:\n- {operation: DropNodeTyp, arguments: {name: A}}\ndependencies: []\n",
        3,
        15,
        "did you mean 'DropNodeType'",
    ),
    ("name: m\noperations:\n- {operation: DropNodeType, arguments: {}}\ndependencies: []\n", 3, 40, "lacks name"),
    (
        "name: m\noperations:\n- {operation: DropNodeType, arguments: {name: A, b: 1}}\ndependencies: []\n",
        3,
        50,
        "does not take b",
    ),
    (
        "name: m\noperations:\n- {operation: DropNodeType, arguments: {name: on}}\ndependencies: []\n",
        3,
        47,
        "quote it: 'on'",
    ),
    (
        "name: m\noperations:\n- operation: CreateNodeType\n"
        "  arguments: {name: A, keys: id, properties: []}\ndependencies: []\n",
        4,
        30,
        "write [id]",
    ),
    (
        "name: m\noperations:\n- {operation: SetNodePropertyType, arguments: "
        "{node_type: A, property_name: p, type: TEXT}}\ndependencies: []\n",
        3,
        86,
        "one of STRING",
    ),
    ("name: m\noperations: [\n", 2, 13, ""),
    ("name: !env M\noperations: []\ndependencies: []\n", 1, 7, "!env"),
    ("é: 'ü\n", 1, 4, ""),
    ("name: m\n---\nname: n\n", 2, 1, ""),
]


@pytest.mark.parametrize(
    ("text", "line", "column", "problem"), MALFORMED, ids=[repr(each[0])[:60] for each in MALFORMED]
)
def test_invalid_migrations(text: str, line: int, column: int, problem: str, tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(YamlError) as caught:
        History.load(tmp_path)
    error = caught.value
    assert (error.file, error.line, error.column, error.others) == (str(file), line, column, ())
    assert problem in error.problem
    assert str(error) == f"{file}:{line}:{column}: {error.problem}" if line else f"{file}: {error.problem}"


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_bytes(b"name: m\nx: \xff\n")
    with pytest.raises(YamlError, match=r"m\.yaml"):
        History.load(tmp_path)


def valid(name: str) -> str:
    return dump(Migration(name).to_dict())


@pytest.mark.parametrize("threads", [0, 1, 2])
def test_all_errors_of_a_folder_at_once(tmp_path: Path, threads: int) -> None:
    for number in range(400):
        (tmp_path / f"{number:03}.yaml").write_text("[]" if number % 150 == 7 else valid(str(number)), encoding="utf-8")
    with pytest.raises(YamlError) as caught:
        History.load(tmp_path, threads=threads)
    every = [caught.value, *caught.value.others]
    assert [Path(each.file).name for each in every] == ["007.yaml", "157.yaml", "307.yaml"]
    assert [str(caught.value).count(each.file) for each in every] == [1, 1, 1]


def test_what_is_read_of_a_folder(tmp_path: Path) -> None:
    """Files named ``*.yaml`` directly inside, including dotfiles; the names inside them do not matter."""
    (tmp_path / "inner").mkdir()
    for name in ("a.yaml", ".hidden.yaml", ".yaml", "b.yml", "c.YAML", "d.yaml.bak", "yaml", "inner/e.yaml"):
        (tmp_path / name).write_text(valid(f"in {name}"), encoding="utf-8")
    assert History.load(tmp_path).order() == ["in .hidden.yaml", "in .yaml", "in a.yaml"]
    assert History.load(str(tmp_path)).order() == History.load(tmp_path).order()


def test_a_missing_folder_is_an_error_and_an_empty_one_a_history(tmp_path: Path) -> None:
    with pytest.raises(MissingFolderError, match="nowhere: there is no such migrations folder") as caught:
        History.load(tmp_path / "nowhere")
    assert caught.value.folder == str(tmp_path / "nowhere") and isinstance(caught.value, HistoryError)
    (tmp_path / "nowhere").mkdir()
    assert len(History.load(tmp_path / "nowhere")) == 0
    assert History.load(tmp_path).order() == []


def test_a_directory_that_looks_like_a_file(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").mkdir()
    with pytest.raises(YamlError, match=r"x\.yaml: .*directory") as caught:
        History.load(tmp_path)
    assert (caught.value.line, caught.value.column) == (0, 0)


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "migrations").write_text("", encoding="utf-8")
    with pytest.raises(YamlError, match="migrations: the folder cannot be listed"):
        History.load(tmp_path / "migrations")


def test_values_of_arguments_are_those_of_yaml_1_1(tmp_path: Path) -> None:
    add = "- operation: AddNodeProperty\n  arguments: {{node_type: A, property_name: p, default: {}}}\n"
    written = {"017": 15, "1:30": 90, "1_000": 1000, "yes": True, "'yes'": "yes", "1e5": "1e5", "0o17": "0o17"}
    written |= {
        "2020-01-02": date(2020, 1, 2),
        "2020-01-02T03:04:05Z": datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
    }
    text = "name: m\ndependencies: []\noperations:\n" + "".join(add.format(each) for each in written)
    (tmp_path / "m.yaml").write_text(text, encoding="utf-8")
    found = [each.arguments["default"] for each in History.load(tmp_path)["m"].operations]
    assert exact(found) == exact(list(written.values()))
