"""Putting back one file of an archive.

A batch of rows is a transaction, which stores how far the file is put back. So a killed restore goes on, and a second
one does nothing. Nodes come first; then it is looked which relationships are there, before any is made; then they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from pathlib import Path
from typing import Any

from nsmig.archive.folder import lines, rows_path
from nsmig.archive.manifest import Entry
from nsmig.database.archiving import Edge, Line, Position, Restoring, Returning, Row, same
from nsmig.errors import ClashError
from nsmig.kinds import Kind
from nsmig.running.converted import Numbered, as_now
from nsmig.running.joined import Joined
from nsmig.running.moved import Places
from nsmig.running.outcome import Outcome, is_any

BATCH = 5000  # lines in a transaction
NODES, LOOKING, RELATIONSHIPS = 1, 2, 3  # what a file's position is at; beyond them, it is through

Work = Callable[[Returning, Sequence[Numbered], Outcome], None]  # on the lines of a batch, in a transaction

Instead = Mapping[str, Sequence[Any]]  # by property, values as they are now

Sought = tuple[tuple[str, ...], Mapping[str, Any]]  # labels and values

VARIANTS = 16  # of a row's values, where several were converted since

NO_PLACE = "its type, or its values, have no place"
_NONE, _SEVERAL = "no row is as it was", "several rows are as it was"
_REFUSED = "the database refuses it: another row has the same key, or it allows no such value"
_KEY = "no key can be changed in this database"


@dataclass(frozen=True, slots=True)
class _Target:
    """What a node is to have, and what finds it: labels and values each.

    ``keyed``: these are its keys, of which the database says what is equal; else all must be just as it was.
    ``instead`` are the values of which one must be there for a value to come back in its place; else none must be.
    """

    labels: tuple[str, ...]
    values: Mapping[str, Any]
    sought: Sequence[Sought]
    keyed: bool
    is_whole: bool
    instead: Instead = field(default_factory=dict)

    def reason(self, rows: Sequence[Row]) -> str | None:
        """Why it cannot be put back, given the rows that were found."""
        if not self.labels and (self.is_whole or not self.values):
            return NO_PLACE
        if len(rows) > 1:
            return "several rows have its keys" if self.is_whole else _SEVERAL
        return None if rows else _NONE


@dataclass(frozen=True)
class File:
    """The first ``size`` bytes of an entry's file, put back where the rows' types are now.

    ``is_passed``: it holds values that others of the archive come in place of, which were there before them.
    """

    folder: Path
    archive: str
    entry: Entry
    size: int
    where: Places
    ids: Joined
    restoring: Restoring
    is_passed: bool = False

    @property
    def name(self) -> str:
        """What its position is stored as."""
        return f"{self.archive}/{self.entry.number:04}"

    def batches(self) -> Iterator[Outcome]:
        """Put its rows back; what came of each batch."""
        start = self._position()
        if start.file > RELATIONSHIPS:
            return
        self.ids.begin(self.entry.number)
        others = ("end", "relationship")
        phases = ((NODES, self._nodes, ("node",)), (LOOKING, self._look, others), (RELATIONSHIPS, self._make, others))
        for phase, work, rows in phases:
            if start.file > phase:
                continue
            if self.entry.is_through and not any(kind.split()[0] in rows for kind in self.entry.rows):
                self._batch(phase + 1, 0, [], work)
                continue
            numbered = enumerate(lines(rows_path(self.folder, self.entry.number), self.size), 1)
            chosen = ((at, line) for at, line in numbered if line["row"] in rows)
            done = start.size if start.file == phase else 0
            for _ in islice(chosen, done):
                pass
            while batch := list(islice(chosen, BATCH)):
                yield from self._some(phase, done, batch, work)
                done += len(batch)
            self._batch(phase + 1, 0, [], work)

    def _position(self) -> Position:
        found: list[Position] = []
        self.restoring.atomically(lambda transaction: found.append(transaction.position(self.name)))
        return found[-1]

    def _some(self, phase: int, done: int, batch: Sequence[Numbered], work: Work) -> Iterator[Outcome]:
        """A batch; where a row of it is refused, all but that one."""
        try:
            yield self._batch(phase, done, batch, work)
        except ClashError:
            half = len(batch) // 2
            if half:
                yield from self._some(phase, done, batch[:half], work)
                yield from self._some(phase, done + half, batch[half:], work)
                return
            ((at, line),) = batch
            if phase == NODES:
                self.ids.put([(line["id"], at, None)], are_nodes=True)
            outcome = Outcome()
            outcome.left.note(_REFUSED, line)
            self.restoring.atomically(lambda there: there.move(Position(self.name, phase, done + 1)))
            yield outcome

    def _batch(
        self,
        phase: int,
        done: int,
        archived: Sequence[Numbered],
        work: Work,
    ) -> Outcome:
        outcome, batch = Outcome(), as_now(archived, self.where, self.restoring)

        def put_back(transaction: Returning) -> None:
            nonlocal outcome
            there = transaction.position(self.name)
            if (there.file, there.size) > (phase, done):
                return  # an earlier attempt was committed unseen
            outcome = Outcome()
            if batch:
                work(transaction, batch, outcome)
            transaction.move(Position(self.name, phase, done + len(batch)))

        self.restoring.atomically(put_back)
        return outcome

    # --- Nodes ---

    def _nodes(self, transaction: Returning, batch: Sequence[Numbered], outcome: Outcome) -> None:
        targets = [self._target(line, outcome) for _, line in batch]
        found = _found(transaction, targets)
        joined: list[tuple[str, int, str | None]] = []
        made: list[tuple[int, Line, _Target]] = []
        puts: list[Row] = []
        for (at, line), target, rows in zip(batch, targets, found, strict=True):
            if target.is_whole and target.labels and not rows:
                made.append((at, line, target))
                continue
            if reason := target.reason(rows) or self._unchanging(target, rows[0]):
                if target.values or "became" not in line:  # else it is told of the property
                    outcome.left.note(reason, line)
            else:
                type = self._type((*target.labels, *rows[0].labels), target.values)
                puts += outcome.put(Kind.NODE, type, rows[0], target.labels, target.values, target.instead)
            joined.append((line["id"], at, None if reason else rows[0].id))
        ids = transaction.create_nodes([(target.labels, target.values) for _, _, target in made])
        joined += [(line["id"], at, id) for (at, line, _), id in zip(made, ids, strict=True)]
        transaction.put_on_nodes(puts)
        self.ids.put(joined, are_nodes=True)
        outcome.nodes += len(made)

    def _target(self, line: Line, outcome: Outcome) -> _Target:
        """What a node is to have, and how it is found."""
        labels = self._labels(line["labels"])
        values, lacking = self.where.values(Kind.NODE, line["labels"], line["values"])
        if "gone" not in line:
            outcome.lack((type, name, "") for type, name in lacking)
            return _Target(labels, values, self._keyed(labels, values, self._were(Kind.NODE, line)), True, True)
        lost, instead = self._lost(line, outcome)
        sought, are_keys = self._sought(line, instead)
        return _Target(self._labels(line["gone"]["labels"]), lost, sought, are_keys, False, instead)

    def _unchanging(self, target: _Target, row: Row) -> str | None:
        """Why a row cannot be given values."""
        keys = {part for label in row.labels for part in self._key(Kind.NODE, label)}
        parts = [
            name for name in target.instead if name in keys and not same(row.values.get(name), target.values[name])
        ]
        return _KEY if parts and not self.restoring.changes_keys else None

    def _sought(self, line: Line, instead: Instead) -> tuple[list[Sought], bool]:
        """What finds a node that stayed, and whether that is its keys.

        :param instead: the values of which it has one.
        """
        labels, were = self._labels(line["labels"]), self._were(Kind.NODE, line)
        values, _ = self.where.values(Kind.NODE, line["labels"], line["values"])
        keys = self._keyed(labels, values, were)
        return keys or [(labels, each) for each in _variants(values, were, instead)], bool(keys)

    def _were(self, kind: Kind, line: Line) -> Instead:
        """What else the values that a row kept may be now: before a conversion, where that was taken back."""
        if "were" not in line:
            return {}
        types = [line["type"]] if kind is Kind.RELATIONSHIP else line["labels"]
        return self.where.values(kind, types, line["were"])[0]

    def _lost(self, line: Line, outcome: Outcome) -> tuple[Mapping[str, Any], Instead]:
        """The values that a row has lost and that have a place, and what must be there instead."""
        kind, conversion = Kind(line["row"]), self.where.conversion
        types = [line["type"]] if kind is Kind.RELATIONSHIP else [*line["labels"], *line["gone"]["labels"]]
        if conversion and not self.where.is_as_before(kind, conversion.type, conversion.property):
            if not self.is_passed:
                was = self.where.declared(kind, conversion.type, conversion.property)
                outcome.lack([(conversion.type, conversion.property, was)])
            return {}, {}
        lost, lacking = self.where.values(kind, types, line["gone"]["values"])
        outcome.lack((type, name, "") for type, name in lacking)
        return lost, self.where.values(kind, types, line.get("became", {}))[0]

    def _labels(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(sorted({place for each in names if (place := self.where.type(Kind.NODE, each)) is not None}))

    def _keyed(self, labels: Sequence[str], values: Mapping[str, Any], were: Instead) -> list[Sought]:
        """The keys that a node with these labels and values has now, or may have."""
        return [
            ((label,), each)
            for label in labels
            if (key := self._key(Kind.NODE, label)) and all(values.get(part) is not None for part in key)
            for each in _variants({part: values[part] for part in key}, were)
        ]

    def _key(self, kind: Kind, type: str) -> tuple[str, ...]:
        declared = self.where.now.type(kind, type)
        return declared.keys if declared else ()

    def _type(self, labels: Sequence[str], values: Mapping[str, Any]) -> str:
        """Of a node's labels the one that declares these values, as far as one does."""
        declared = [(each, self.where.now.type(Kind.NODE, each)) for each in labels]
        having = [name for name, type in declared if type and type.properties.keys() & values.keys()]
        return next(iter((*having, *labels)))

    # --- Relationships ---

    def _look(self, transaction: Returning, batch: Sequence[Numbered], outcome: Outcome) -> None:
        """Find the ends, and for each relationship that was deleted one that somebody has made again: with the same key
        or, where its type has none, the same values."""
        ends = [(at, line) for at, line in batch if line["row"] == "end"]
        same = [self.ids.later(line["id"], at) for at, line in ends]
        sought = [line for (_, line), its in zip(ends, same, strict=True) if its is None]
        found = iter(_found(transaction, [self._end(line) for line in sought]))
        rows = [its if its is not None else _only(next(found)) for its in same]
        self.ids.put((line["id"], at, its) for (at, line), its in zip(ends, rows, strict=True))
        edges = [(at, line, each) for at, line, each in self._edges(batch) if "gone" not in line]
        weres = [self._were(Kind.RELATIONSHIP, line) for _, line, _ in edges]
        wanted = [
            (each, _variants(self._parts(each) or each.values, were))
            for (_, _, each), were in zip(edges, weres, strict=True)
        ]
        there = []
        for (at, line, edge), were, some in zip(edges, weres, _found_edges(transaction, wanted), strict=True):
            fitting = (each for each in some if self._parts(edge) or _is(each, edge.values, were))
            its = next((each.id for each in fitting if self.ids.use(each.id, line["id"], at)), None)
            if its is not None:
                there.append((line["id"], at, its))
        self.ids.put(there)

    def _make(self, transaction: Returning, batch: Sequence[Numbered], outcome: Outcome) -> None:
        """Put the relationships back."""
        lines = dict(batch)
        edges = {at: edge for at, _, edge in self._edges(batch, outcome)}
        whole = [at for at in edges if "gone" not in lines[at]]
        known = [at for at in whole if self.ids.known(lines[at]["id"], at)]
        sought = [at for at in edges if at not in set(whole) - set(known)]
        made = [edges[at] for at in whole if at not in set(known)]
        puts: list[Row] = []
        losses = {at: (edges[at].values, {}) if at in known else self._lost(lines[at], outcome) for at in sought}
        weres = [self._were(Kind.RELATIONSHIP, lines[at]) for at in sought]
        finding = [(at in known and self._parts(edges[at])) or edges[at].values for at in sought]
        wanted = [
            (edges[at], _variants(values, were, losses[at][1]))
            for at, values, were in zip(sought, finding, weres, strict=True)
        ]
        for at, were, rows in zip(sought, weres, _found_edges(transaction, wanted), strict=True):
            line, edge, (values, instead) = lines[at], edges[at], losses[at]
            its = self.ids.of(line["id"], at) if at in known else None
            fitting = [each for each in rows if (each.id == its if its else _has(each, edge.values, were))]
            if len(fitting) == 1:
                puts += outcome.put(Kind.RELATIONSHIP, edge.type, fitting[0], (), values, instead)
            elif values or "gone" not in line:
                outcome.left.note(_SEVERAL if fitting else _NONE, line)
        transaction.create_relationships(made)
        transaction.put_on_relationships(puts)
        outcome.relationships += len(made)

    def _edges(self, batch: Sequence[Numbered], outcome: Outcome | None = None) -> Iterator[tuple[int, Line, Edge]]:
        """The relationships of a batch between the nodes where they belong, with the values that are left or, where all
        was deleted, all.

        :param outcome: told of those that have no place.
        """
        for at, line in batch:
            if line["row"] == "end":
                continue
            type = self.where.type(Kind.RELATIONSHIP, line["type"])
            start, end = self.ids.of(line["start"], at), self.ids.of(line["end"], at)
            if type is not None and start is not None and end is not None:
                values, lacking = self.where.values(Kind.RELATIONSHIP, [line["type"]], line["values"])
                if outcome is not None and "gone" not in line:
                    outcome.lack((type, name, "") for type, name in lacking)
                yield at, line, Edge(type, start, end, values)
            elif outcome is not None:
                outcome.left.note("its type has no place" if type is None else "a node at its end is not there", line)

    def _parts(self, edge: Edge) -> Mapping[str, Any]:
        """The key of a relationship; empty where its type has none, or it lacks a part."""
        key = self._key(Kind.RELATIONSHIP, edge.type)
        has_all = all(edge.values.get(part) is not None for part in key)
        return {part: edge.values[part] for part in key} if has_all else {}

    def _end(self, line: Line) -> _Target:
        sought, are_keys = self._sought(line, {})
        return _Target(self._labels(line["labels"]), {}, sought, are_keys, False)


def _variants(values: Mapping[str, Any], were: Instead, instead: Instead | None = None) -> list[Mapping[str, Any]]:
    """Values as they are now, and as they may be. No row is found by a value that it lacks."""
    if not were and not instead:
        return [values]
    several = {name: [value, *were.get(name, ())] for name, value in values.items()}
    for name, some in (instead or {}).items():
        if None not in some:
            several[name] = list(some)
    return [dict(zip(several, each, strict=True)) for each in islice(product(*several.values()), VARIANTS)]


def _found_edges(
    transaction: Returning, wanted: Sequence[tuple[Edge, Sequence[Mapping[str, Any]]]]
) -> Iterator[list[Row]]:
    """For each of these the relationships that have any of its values."""
    asked = [Edge(edge.type, edge.start, edge.end, each) for edge, some in wanted for each in some]
    found = iter(transaction.relationships(asked))
    for _, some in wanted:
        yield list({row.id: row for _ in some for row in next(found)}.values())


def _only(rows: Sequence[Row]) -> str | None:
    return rows[0].id if len(rows) == 1 else None


def _is(row: Row, values: Mapping[str, Any], were: Instead) -> bool:
    return len(row.values) == len(values) and _has(row, values, were)


def _found(transaction: Returning, targets: Sequence[_Target]) -> list[list[Row]]:
    """The rows that each of these finds, each row once."""
    rows = iter(transaction.nodes([each for target in targets for each in target.sought]))
    return [
        list(
            {
                row.id: row for _, values in target.sought for row in next(rows) if target.keyed or _has(row, values)
            }.values()
        )
        for target in targets
    ]


def _has(row: Row, values: Mapping[str, Any], were: Instead | None = None) -> bool:
    may_be = were or {}
    return all(
        name in row.values and is_any(row.values[name], (value, *may_be.get(name, ())))
        for name, value in values.items()
    )
