"""The compiled core: everything that grows with the history. This file is its manual."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from os import PathLike
from typing import Any, final

from nsmig.errors import YamlError
from nsmig.kinds import Kind
from nsmig.operations import Operation
from nsmig.values import Entry, Finding, Migration, Renames, SquashReport, Type

__all__ = [
    "Document",
    "History",
    "Node",
    "Schema",
    "Steps",
    "diff",
    "dump",
    "layout",
    "likeness",
    "lines_of",
    "read_value",
    "squash",
    "squash_report",
    "vocabulary",
]

@final
class Document:
    """The single document of a YAML file: nodes that know their places and convert themselves.

    A node with the wrong content raises an error with what was expected there. It never quotes a value, which may be a
    password, except for a misspelt word from a small set.
    """

    def __new__(
        cls,
        content: bytes,
        file: str,
        failure: Callable[[str, int, int, str], YamlError],
        tagged: Callable[[str, Any], Any] | None = None,
    ) -> Document:
        """:param file: named in every error.
        :param failure: creates the errors, from file, line, column and problem.
        :param tagged: creates a value from a tag that YAML does not know and its content, text as it is written; a
            ValueError is reported with the place. Without it, such tags are refused.
        :raises YamlError: as ``failure`` creates it, if these bytes are not one document that PyYAML's safe loader
            reads.
        """

    @property
    def is_empty(self) -> bool:
        """Whether the file contains only comments."""

    @property
    def root(self) -> Node:
        """The root node.

        :raises YamlError: the file is empty.
        """

    def refuse_duplicates(self) -> None:
        """Refuse a key that occurs twice in one mapping, of which YAML would silently keep the last."""

@final
class Node:
    """A node of a document. ``what`` names it in errors."""

    def mapping(self, what: str, known: Sequence[str] = (), required: Sequence[str] = ()) -> dict[str, Node]:
        """The values of a mapping, by key, merge keys resolved.

        :param known: the keys that may occur; any text, if there are none.
        :param required: the keys that must occur.
        """

    def entries(self, what: str) -> dict[str, tuple[Node, Node]]:
        """The keys of a mapping as nodes, which have places, and the values."""

    def sequence(self, what: str) -> list[Node]:
        """The items of a list."""

    def text(self, what: str) -> str:
        """The node as a text."""

    def flag(self, what: str) -> bool:
        """The node as a boolean."""

    def one_of(self, what: str, words: Sequence[str]) -> str:
        """The node as a text, if it is one of ``words``."""

    @property
    def is_null(self) -> bool:
        """Whether the node is YAML's null, written out or left empty."""

    def value(self) -> Any:
        """The node's value."""

    def error(self, problem: str) -> YamlError:
        """An error about the node, to raise."""

@final
class Schema:
    """A schema: node types, relationship types and adjacencies. Immutable; equal to another with the same
    declarations."""

    def __new__(cls) -> Schema:
        """The empty schema."""

    @staticmethod
    def load(path: str | PathLike[str]) -> Schema:
        """Read a schema file.

        :raises SchemaError: it is not valid; with file, line and column.
        """

    @staticmethod
    def from_dict(content: Mapping[str, Any]) -> Schema:
        """The schema in the content of a schema file: ``nodes``, ``relationships``, ``cardinalities``, each optional.

        :raises SchemaError: with the path of keys to the problem.
        """

    def to_dict(self) -> dict[str, Any]:
        """The content of a schema file, all names sorted. :meth:`from_dict` reads it back."""

    def type(self, kind: Kind, name: str) -> Type | None:
        """A type's declaration, or None if there is no type of that name."""

    def types(self, kind: Kind) -> list[str]:
        """Names of the types of a kind, sorted."""

    def but_for_case(self, kind: Kind, name: str) -> list[str]:
        """Names of the types of a kind that equal this name except for the case of ASCII letters, sorted."""

    def declaring(self, property: str) -> list[str]:
        """Names of the node types that declare a property of this name, sorted."""

    def entries(self) -> list[Entry]:
        """The declared indexes and constraints, sorted by name."""

    def entries_on(self, kind: Kind, type: str) -> list[Entry]:
        """Those that concern a type, sorted by name."""

    def cardinalities(self) -> list[dict[str, Any]]:
        """The adjacencies with their cardinalities, as in :meth:`to_dict`."""

    def differing(self, other: Schema, kind: Kind) -> list[str]:
        """Names of the types that both schemas have but declare differently, sorted."""

    def apply(self, operation: Operation) -> Schema:
        """The schema after an operation, as nodestream folds it.

        :raises FoldError: something that the operation needs does not exist.
        """

    def _repr_svg_(self) -> str | None:
        """The picture for notebooks, without script; None, which makes a notebook show the text, for more than 300
        types."""

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __reduce__(self) -> Any: ...

    __hash__: None  # type: ignore[assignment]

@final
class Steps:
    """Operations in order, limited to those that a database may refuse: migration, index in it, the operation, and the
    schema before it.

    *Plain* operations are left out: one acts on a declared type and creates no type or property that exists, not even
    ignoring the case of ASCII letters, or as a type of the other kind; its names consist of letters and digits of
    ASCII, ``_``, ``-`` and spaces, begin with a letter and have at most 1,000 characters; its default is null, a
    boolean, an integer of 64 bits or a text; it changes the type of no key property, and adds none to a key that has a
    type; and it is not a query. The first plain one of each class and kind of type is included, on behalf of the
    others.
    """

    def __iter__(self) -> Steps: ...
    def __next__(self) -> tuple[str, int, Operation, Schema]:
        """
        :raises FoldError: an operation cannot be applied.
        """

    def ask_all_like(self, operation: Operation) -> None:
        """From now on, include every operation of this class and kind of type."""

    def schema(self) -> Schema:
        """The schema after all operations passed so far; at the end, after all."""

@final
class History:
    """Migrations in order. Immutable."""

    def __new__(cls, migrations: Sequence[Migration]) -> History:
        """The history of these migrations, given in any order.

        :raises HistoryError: two of one name, a missing dependency, a circle, squashes that overlap in part.
        """

    @staticmethod
    def load(folder: str | PathLike[str], threads: int = 0) -> History:
        """The history of the ``*.yaml`` files directly inside a folder; empty if the folder is missing.

        :param threads: the number that read in parallel; 0 for as many as the machine has.
        :raises YamlError: files that are not migrations; ``others`` holds the further ones.
        :raises HistoryError: as the constructor.
        """

    def __reduce__(self) -> Any: ...
    def __len__(self) -> int: ...
    def __contains__(self, name: str, /) -> bool: ...
    def __iter__(self) -> Iterator[str]:
        """The migrations' names, in order, as in a mapping."""

    def __getitem__(self, name: str, /) -> Migration:
        """The migration of this name.

        :raises UnknownMigrationError: no migration has that name; the message names the nearest.
        """

    def order(self) -> list[str]:
        """Names of all migrations: each after its dependencies, a squash after what it replaces, otherwise the smallest
        name first."""

    def leaves(self) -> list[str]:
        """The dependencies of the next migration: those on which no other depends. A squash counts as what it
        replaces."""

    def schema(self, at: str | None = None) -> Schema:
        """The schema at the end, or right after the migration ``at``.

        :raises FoldError: an operation cannot be applied; with migration, file and what exists instead.
        :raises UnknownMigrationError: no migration is named ``at``.
        :raises PlanError: ``at`` needs a migration without a file, because a later squash replaces it.
        """

    def schema_of(self, applied: Iterable[str]) -> Schema:
        """The schema of a database on which these migrations are applied; names without a file are ignored."""

    def findings(self) -> list[Finding]:
        """Operations that fold but are probably a mistake, in order."""

    def plan(self, applied: Iterable[str] | None = None, *, has_rows: bool | None = None) -> list[Migration]:
        """The migrations to run if these are applied, in order. A squash that left queries out is among them only if
        there are no rows and no user's query runs before it; otherwise its members are.

        :param has_rows: whether there may be rows. Default: if anything is applied.
        :raises PlanError: a squash that does not run needs a migration without a file.
        """

    def planned(self, applied: Iterable[str], *, has_rows: bool | None = None) -> list[str]:
        """The names of the migrations of :meth:`plan`."""

    def effective(self, applied: Iterable[str] | None = None) -> list[str]:
        """The names of the migrations that make up the schema, in order; squashes take the place of what they replace,
        whatever they left out.

        :param applied: of a database on which these are applied; names without a file are ignored. Default: at the
            end.
        """

    def elided(self) -> list[str]:
        """The names of the squashes that left queries out, in order."""

    def steps(self, names: list[str], before: Schema) -> Steps:
        """The operations of these migrations, applied in order to a schema, about which a database has to be asked.

        :raises UnknownMigrationError: no migration has that name.
        """

    def implied(self, applied: Iterable[str]) -> list[str]:
        """The names, in order, of the migrations that count as applied if these are, without these: members of applied
        squashes, and squashes all of whose members count as applied."""

    def concurrent(self) -> list[list[Migration]]:
        """The runs of the whole plan, in order, in which some migrations are concurrent. Migrations that come before or
        after all others are between runs, and in none. A dependency on a squash's member is given as one on the squash.

        :raises PlanError: as :meth:`plan`.
        """

    def canonical(self, names: list[str]) -> list[str | None]:
        """The text behind each migration's checksum; None if no migration has that name, or if only
        :func:`nsmig.values.checksum` is certain of the text."""

    def own_operations(self) -> list[tuple[str, int]]:
        """Migration and index of each operation that nodestream does not have, in order."""

    def squash(
        self,
        first: str,
        last: str | None = None,
        *,
        name: str | None = None,
        single_label: bool = False,
        keep_queries: bool = False,
    ) -> Migration:
        """The migration with the same effect as those from ``first`` to ``last`` (default: the end) in the order, with
        as few operations as possible. It depends on their dependencies outside, and replaces them all.

        :param name: default nodestream's, ``squash_from_A`` or ``squash_from_A_to_B``.
        :param single_label: promise that no node carries two types of the schema; more can then be squashed.
        :param keep_queries: also keep elidable queries. Otherwise they are left out, and the squash runs only on a
            database without rows; others run its members.
        :raises UnknownMigrationError: no migration has that name.
        :raises RangeError: ``last`` comes before ``first``.
        :raises OverlapError: another squash replaces some, not all, of the same.
        :raises FoldError: an operation cannot be applied.
        :raises PlanError: ``keep_queries``, and a squash among them left queries out of a member without a file.
        """

    def squash_report(
        self,
        first: str,
        last: str | None = None,
        *,
        name: str | None = None,
        single_label: bool = False,
        keep_queries: bool = False,
    ) -> SquashReport:
        """The report of :meth:`squash`: operations before and after, and what was kept and why."""

    def squash_and_report(
        self,
        first: str,
        last: str | None = None,
        *,
        name: str | None = None,
        single_label: bool = False,
        keep_queries: bool = False,
    ) -> tuple[Migration, SquashReport]:
        """:meth:`squash` and :meth:`squash_report` at once."""

    def replaced(self, name: str) -> list[str]:
        """All names that a squash replaces, at any depth, sorted; none for an ordinary migration."""

def diff(before: Schema, after: Schema, renames: Renames | None = None, *, extensions: bool = True) -> list[Operation]:
    """The operations from one schema to the other.

    :param extensions: include those that nodestream does not have, for types of properties and adjacencies;
        otherwise these differences are ignored.
    :param renames: the same things under other names; everything else that differs in name is dropped and added.
    :raises RenameError: a rename that does not fit the schemas.
    """

def squash(
    operations: Sequence[Operation],
    base: Schema | None = None,
    single_label: bool = False,
    *,
    keep_queries: bool = True,
) -> list[Operation]:
    """Operations with the same effect as these on the schema ``base`` and on every graph that conforms to it; never
    more than these.

    :param base: default the empty schema.
    :param single_label: promise that no node carries two types of the schema; more can then be squashed.
    :param keep_queries: also keep elidable queries. Otherwise they are left out, and the result is for graphs
        without rows.
    :raises FoldError: an operation cannot be applied.
    """

def squash_report(
    operations: Sequence[Operation],
    base: Schema | None = None,
    single_label: bool = False,
    *,
    keep_queries: bool = True,
) -> SquashReport:
    """The report of :func:`squash`."""

def likeness(one: str, others: Sequence[str]) -> list[float]:
    """The similarity of a name to each of the others, from 0 to 1: the ratio of difflib's SequenceMatcher without
    autojunk."""

def layout(
    sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int]], spacing: float
) -> tuple[list[tuple[float, float]], tuple[float, float]]:
    """Boxes in layers, so that most edges lead down and few of them cross.

    :param sizes: width and height of each box.
    :param edges: pairs of positions in ``sizes``, from and to.
    :param spacing: the least space between two boxes.
    :returns: the middle of each box, and the total width and height.
    :raises IndexError: an edge refers to a missing box.
    """

def lines_of(text: bytes) -> dict[str, list[int]]:
    """For each key of a migration file, the line on which its value starts and, for a list, that of each item; counted
    from 1. Empty if the file is not a mapping."""

def read_value(text: bytes, full: bool = False) -> Any:
    """The value of a single YAML document, exactly as PyYAML's safe loader reads it.

    :param full: skip the scanner for the form that tools write.
    :raises YamlError: it is not a single document, or PyYAML does not read it.
    """

def dump(data: Any, by_pyyaml: Callable[[Any], str]) -> str:
    """``data`` as YAML text, for :func:`nsmig.yaml_file.writing.dump`.

    :param by_pyyaml: writes each outermost entry or item that is not simple, given as separate data.
    """

def vocabulary() -> dict[str, Any]:
    """The vocabulary that the core shares with Python: ``operations``, ``property_types``, ``databases``, ``findings``.
    For tests."""
