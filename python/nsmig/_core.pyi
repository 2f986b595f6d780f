"""The compiled core: everything that grows with the history. This file is its manual."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from os import PathLike
from typing import Any, final

from nsmig.errors import YamlError
from nsmig.kinds import Kind
from nsmig.operations import Operation
from nsmig.values import Finding, Migration, Renames, SquashReport, Type

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
    """The one document of a YAML file: nodes that know their places, each of which can be asked what it is.

    What a node is not raises an error that says what was expected there. It never quotes a value, which may be a
    password, but for one of a few words that is misspelt.
    """

    def __new__(
        cls,
        content: bytes,
        file: str,
        failure: Callable[[str, int, int, str], YamlError],
        tagged: Callable[[str, Any], Any] | None = None,
    ) -> Document:
        """
        :param file: named in every error.
        :param failure: makes the errors, of file, line, column and problem.
        :param tagged: makes a value of a tag that YAML does not know and what stands behind it, text as it is written;
            a ValueError is told with the place. Without it, such tags are refused.
        :raises YamlError: as ``failure`` makes it, if these bytes are not one document that PyYAML's safe loader reads.
        """

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing but comments."""

    @property
    def root(self) -> Node:
        """The outermost node.

        :raises YamlError: there is nothing.
        """

    def refuse_duplicates(self) -> None:
        """Stop at a key that stands twice in one mapping, of which YAML would silently keep the last."""

@final
class Node:
    """A node of a document. ``what`` names it in errors."""

    def mapping(self, what: str, known: Sequence[str] = (), required: Sequence[str] = ()) -> dict[str, Node]:
        """The values of a mapping, by key, merge keys resolved.

        :param known: the keys that may occur; any text, if there are none.
        :param required: the keys that must occur.
        """

    def entries(self, what: str) -> dict[str, tuple[Node, Node]]:
        """The keys of a mapping with their nodes, which tell where they stand, and the values."""

    def sequence(self, what: str) -> list[Node]:
        """The items of a list."""

    def text(self, what: str) -> str:
        """The text that the node is."""

    def flag(self, what: str) -> bool:
        """The boolean that the node is."""

    def one_of(self, what: str, words: Sequence[str]) -> str:
        """The text that the node is, if it is one of ``words``."""

    @property
    def is_null(self) -> bool:
        """Whether the node is YAML's null, written out or left empty."""

    def value(self) -> Any:
        """The value that the node stands for."""

    def error(self, problem: str) -> YamlError:
        """The error that says ``problem`` about the node, to raise."""

@final
class Schema:
    """A schema: node types, relationship types and adjacencies. Immutable; equal if it declares the same."""

    def __new__(cls) -> Schema:
        """The empty schema."""

    @staticmethod
    def load(path: str | PathLike[str]) -> Schema:
        """The schema that a schema file describes.

        :raises SchemaError: with file, line and column, if it describes none.
        """

    @staticmethod
    def from_dict(content: Mapping[str, Any]) -> Schema:
        """The schema of a schema file's content: ``nodes``, ``relationships``, ``cardinalities``, each optional.

        :raises SchemaError: with the path of keys to the trouble.
        """

    def to_dict(self) -> dict[str, Any]:
        """The content of a schema file, all names sorted. :meth:`from_dict` reads it back."""

    def type(self, kind: Kind, name: str) -> Type | None:
        """What a type declares, or None if it has no type of that name."""

    def types(self, kind: Kind) -> list[str]:
        """Names of the types of a kind, sorted."""

    def but_for_case(self, kind: Kind, name: str) -> list[str]:
        """Names of the types of a kind that are one with this name but for the case of ASCII letters, sorted."""

    def declaring(self, property: str) -> list[str]:
        """Names of the node types that declare a property of this name, sorted."""

    def cardinalities(self) -> list[dict[str, Any]]:
        """The adjacencies with their cardinalities, as :meth:`to_dict` gives them."""

    def differing(self, other: Schema, kind: Kind) -> list[str]:
        """Names of the types that both schemas have and declare differently, sorted."""

    def apply(self, operation: Operation) -> Schema:
        """The schema after an operation, as nodestream folds it.

        :raises FoldError: what the operation needs is not there.
        """

    def _repr_svg_(self) -> str | None:
        """The picture that a notebook shows, without script; None, for which it shows the text, of more than 300
        types."""

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __reduce__(self) -> Any: ...

    __hash__: None  # type: ignore[assignment]

@final
class Steps:
    """Operations one after the other, of which those are given that a database may refuse: migration, index in it, the
    operation, and the schema before it.

    Left out is what is *plain*: it acts on a type that is declared and makes no type or property that is there, also
    none that is there but for the case of ASCII letters, or as a type of the other kind; its names are of letters and
    digits of ASCII, ``_``, ``-`` and spaces, begin with a letter and have at most 1,000; its default is null, a
    boolean, an integer of 64 bits or a text; it changes the type of no property of a key, and puts none into a key that
    has a type; and it is no query. The first plain one of each class and kind of type is given and stands for the
    others.
    """

    def __iter__(self) -> Steps: ...
    def __next__(self) -> tuple[str, int, Operation, Schema]:
        """
        :raises FoldError: an operation cannot be applied.
        """

    def ask_all_like(self, operation: Operation) -> None:
        """Leave out none any more of this class and kind of type."""

    def schema(self) -> Schema:
        """The schema after all that was passed; at the end, after all."""

@final
class History:
    """Migrations in their order. Immutable."""

    def __new__(cls, migrations: Sequence[Migration]) -> History:
        """The history of these migrations, given in any order.

        :raises HistoryError: two of one name, a missing dependency, a circle, squashes that overlap in part.
        """

    @staticmethod
    def load(folder: str | PathLike[str], threads: int = 0) -> History:
        """The history of the ``*.yaml`` files directly inside a folder; empty if the folder is missing.

        :param threads: that read in parallel; 0 for as many as the machine has.
        :raises YamlError: files that are no migrations; ``others`` holds the further ones.
        :raises HistoryError: as the constructor.
        """

    def __reduce__(self) -> Any: ...
    def __len__(self) -> int: ...
    def __contains__(self, name: str, /) -> bool: ...
    def __iter__(self) -> Iterator[str]:
        """The migrations' names, in order, as for a mapping."""

    def __getitem__(self, name: str, /) -> Migration:
        """The migration of this name.

        :raises UnknownMigrationError: no migration has that name; the message names the nearest.
        """

    def order(self) -> list[str]:
        """Names of all migrations: each after those it depends on, a squash after what it replaces, else the smallest
        name first."""

    def leaves(self) -> list[str]:
        """What the next migration has to depend on: those that none depends on. A squash stands for what it
        replaces."""

    def schema(self, at: str | None = None) -> Schema:
        """The schema at the end, or right after the migration ``at``.

        :raises FoldError: an operation cannot be applied; with migration, file and what was there instead.
        :raises UnknownMigrationError: ``at`` names none.
        :raises PlanError: ``at`` needs a migration whose file is gone, as a squash that comes later replaces it.
        """

    def schema_of(self, applied: Iterable[str]) -> Schema:
        """The schema of a database on which these migrations are applied; names of no file are passed over."""

    def findings(self) -> list[Finding]:
        """What folds but is hardly meant, in order."""

    def plan(self, applied: Iterable[str] | None = None, *, has_rows: bool | None = None) -> list[Migration]:
        """The migrations to run where those named are applied, in order. A squash that left queries out is among them
        only where there are no rows, and no query of one's own comes before it; else its members are.

        :param has_rows: whether there may be rows. Default: where anything is applied.
        :raises PlanError: a squash that does not run needs a migration whose file is gone.
        """

    def planned(self, applied: Iterable[str], *, has_rows: bool | None = None) -> list[str]:
        """The names of what :meth:`plan` gives."""

    def effective(self, applied: Iterable[str] | None = None) -> list[str]:
        """The names of the migrations that the schema is made of, in order: squashes stand for what they replace,
        whatever they left out.

        :param applied: of a database on which these are applied; names of no file are passed over. Default: at the end.
        """

    def elided(self) -> list[str]:
        """The names of the squashes that left queries out, in order."""

    def steps(self, names: list[str], before: Schema) -> Steps:
        """What a database has to be asked about of these migrations, applied one after the other to a schema.

        :raises UnknownMigrationError: no migration has that name.
        """

    def implied(self, applied: Iterable[str]) -> list[str]:
        """The names, in order, of the migrations that count as applied where those named are, and are not among them:
        what applied squashes replace, and squashes all of whose members count as applied."""

    def concurrent(self) -> list[list[Migration]]:
        """Runs of the whole plan, in order, in which some migration comes neither before nor after another. What all
        others come before or after lies between runs and is in none. A dependency on what a squash stands for is
        given as one on the squash.

        :raises PlanError: as :meth:`plan`.
        """

    def canonical(self, names: list[str]) -> list[str | None]:
        """What each of these migrations does, as the text whose hash is its checksum; None if no migration has that
        name, or if only :func:`nsmig.values.checksum` is certain of the text."""

    def own_operations(self) -> list[tuple[str, int]]:
        """Migration and index of each operation that nodestream has not, in order."""

    def squash(
        self,
        first: str,
        last: str | None = None,
        *,
        name: str | None = None,
        single_label: bool = False,
        keep_queries: bool = False,
    ) -> Migration:
        """The migration that does what those of the order from ``first`` to ``last`` (default: the end) do, with as few
        operations as
        that takes. It depends on what they depend on outside, and replaces them all.

        :param name: default nodestream's, ``squash_from_A`` or ``squash_from_A_to_B``.
        :param single_label: promise that no node carries two types of the schema; more can then be squashed.
        :param keep_queries: elidable queries, too. Else they are left out; then the squash runs only where there are no
            rows, and the members elsewhere.
        :raises UnknownMigrationError: no migration has that name.
        :raises RangeError: ``last`` comes before ``first``.
        :raises OverlapError: another squash replaces some, not all, of the same.
        :raises FoldError: an operation cannot be applied.
        :raises PlanError: ``keep_queries``, and a squash among them left some out whose file is gone.
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
        """How :meth:`squash` comes to its answer: operations before and after, what was kept and why."""

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
        """All names that a squash stands for, at any depth, sorted; none for an ordinary migration."""

def diff(before: Schema, after: Schema, renames: Renames | None = None, *, extensions: bool = True) -> list[Operation]:
    """The operations that lead from one schema to the other.

    :param extensions: also those that nodestream does not have, for types of properties and adjacencies; else these
        differences are left out.
    :param renames: what is the same thing under another name; everything else that differs in name is dropped and
        added.
    :raises RenameError: a rename that does not fit the schemas.
    """

def squash(
    operations: Sequence[Operation],
    base: Schema | None = None,
    single_label: bool = False,
    *,
    keep_queries: bool = True,
) -> list[Operation]:
    """Operations that do the same as these to the schema ``base`` and to every graph that conforms to it; never more
    than these.

    :param base: default the empty schema.
    :param single_label: promise that no node carries two types of the schema; more can then be squashed.
    :param keep_queries: elidable ones, too. Else they are left out, and the result is for graphs without rows.
    :raises FoldError: an operation cannot be applied.
    """

def squash_report(
    operations: Sequence[Operation],
    base: Schema | None = None,
    single_label: bool = False,
    *,
    keep_queries: bool = True,
) -> SquashReport:
    """How :func:`squash` comes to its answer."""

def likeness(one: str, others: Sequence[str]) -> list[float]:
    """How like a name is to each of others, from 0 to 1: the ratio of difflib's SequenceMatcher without autojunk."""

def layout(
    sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int]], spacing: float
) -> tuple[list[tuple[float, float]], tuple[float, float]]:
    """Boxes in layers, so that most edges lead down and few of them cross.

    :param sizes: width and height of each box.
    :param edges: pairs of positions in ``sizes``, from and to.
    :param spacing: the least space between two boxes.
    :returns: the middle of each box, and the width and height of the whole.
    :raises IndexError: an edge is to a box that is not there.
    """

def lines_of(text: bytes) -> dict[str, list[int]]:
    """Per key of a migration file the line where its value starts and, for a list, that of each item; counted from 1.
    Nothing, if it is no mapping."""

def read_value(text: bytes, full: bool = False) -> Any:
    """The value of one YAML document, exactly as PyYAML's safe loader reads it.

    :param full: pass by the scanner for the form that tools write.
    :raises YamlError: it is not one document, or none that PyYAML reads.
    """

def dump(data: Any, by_pyyaml: Callable[[Any], str]) -> str:
    """``data`` as YAML text, as :func:`nsmig.yaml_file.writing.dump` wants it.

    :param by_pyyaml: writes each outermost entry or item that is not simple, given as data of its own.
    """

def vocabulary() -> dict[str, Any]:
    """The words that the core shares with Python: ``operations``, ``property_types``, ``databases``,
    ``findings``. For tests."""
