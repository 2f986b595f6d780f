"""Putting back one file of an archive.

A batch of rows is a transaction, which stores how far the file is put back. So a killed restore goes on, and a second
one does nothing. Nodes come first; then it is looked which relationships are there, before any is made; then they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from nsmig.archive.folder import lines, rows_path
from nsmig.archive.manifest import Entry
from nsmig.database.archiving import Edge, Line, Position, Restoring, Returning, Row, same
from nsmig.kinds import Kind
from nsmig.running.joined import Joined
from nsmig.running.moved import Places
from nsmig.running.outcome import Outcome

BATCH = 2000  # lines in a transaction
NODES, LOOKING, RELATIONSHIPS = 1, 2, 3  # what a file's position is at; beyond them, it is through

Numbered = tuple[int, Line]

_NONE, _SEVERAL = "no row is as it was", "several rows are as it was"


@dataclass(frozen=True, slots=True)
class _Target:
    """What a node is to have, and what finds it: labels and values each.

    ``keyed``: these are its keys, of which the database says what is equal; else all must be just as it was.
    """

    labels: tuple[str, ...]
    values: Mapping[str, Any]
    sought: Sequence[tuple[tuple[str, ...], Mapping[str, Any]]]
    keyed: bool
    is_whole: bool

    def reason(self, rows: Sequence[Row]) -> str | None:
        """Why it cannot be put back, given the rows that were found."""
        if not self.labels and (self.is_whole or not self.values):
            return "its type, or its values, have no place"
        if len(rows) > 1:
            return "several rows have its keys" if self.is_whole else _SEVERAL
        return None if rows else _NONE


@dataclass(frozen=True)
class File:
    """The first ``size`` bytes of an entry's file, put back where the rows' types are now."""

    folder: Path
    archive: str
    entry: Entry
    size: int
    where: Places
    ids: Joined
    restoring: Restoring

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
            numbered = enumerate(lines(rows_path(self.folder, self.entry.number), self.size), 1)
            chosen = ((at, line) for at, line in numbered if line["row"] in rows)
            done = start.size if start.file == phase else 0
            for _ in islice(chosen, done):
                pass
            while batch := list(islice(chosen, BATCH)):
                yield self._batch(phase, done, batch, work)
                done += len(batch)
            self._batch(phase + 1, 0, [], work)

    def _position(self) -> Position:
        found: list[Position] = []
        self.restoring.atomically(lambda transaction: found.append(transaction.position(self.name)))
        return found[-1]

    def _batch(
        self,
        phase: int,
        done: int,
        batch: Sequence[Numbered],
        work: Callable[[Returning, Sequence[Numbered], Outcome], None],
    ) -> Outcome:
        outcome = Outcome()

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
            if reason := target.reason(rows):
                outcome.left.note(reason, line)
            else:
                type = self._type((*target.labels, *rows[0].labels), target.values)
                puts += outcome.put(Kind.NODE, type, rows[0], target.labels, target.values)
            joined.append((line["id"], at, None if reason else rows[0].id))
        ids = transaction.create_nodes([(target.labels, target.values) for _, _, target in made])
        joined += [(line["id"], at, id) for (at, line, _), id in zip(made, ids, strict=True)]
        transaction.put_on_nodes(puts)
        self.ids.put(joined, are_nodes=True)
        outcome.nodes += len(made)

    def _target(self, line: Line, outcome: Outcome) -> _Target:
        """What a node is to have, and how it is found."""
        gone = line.get("gone", {"labels": (), "values": {}})
        archived = (*line["labels"], *gone["labels"])
        labels = self._labels(line["labels"])
        values, lacking = self.where.values(Kind.NODE, line["labels"], line["values"])
        keys = self._keyed(labels, values)
        if "gone" not in line:
            outcome.lack(lacking)
            return _Target(labels, values, keys, True, True)
        lost, lacking = self.where.values(Kind.NODE, archived, gone["values"])
        outcome.lack(lacking)
        return _Target(self._labels(gone["labels"]), lost, keys or [(labels, values)], bool(keys), False)

    def _labels(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(sorted({place for each in names if (place := self.where.type(Kind.NODE, each)) is not None}))

    def _keyed(
        self, labels: Sequence[str], values: Mapping[str, Any]
    ) -> list[tuple[tuple[str, ...], Mapping[str, Any]]]:
        """The keys that a node with these labels and values has now."""
        return [
            ((label,), {part: values[part] for part in key})
            for label in labels
            if (key := self._key(Kind.NODE, label)) and all(values.get(part) is not None for part in key)
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
        keyed = [Edge(each.type, each.start, each.end, self._parts(each) or each.values) for _, _, each in edges]
        there = []
        for (at, line, edge), wanted, some in zip(edges, keyed, transaction.relationships(keyed), strict=True):
            fitting = (each for each in some if self._parts(edge) or _is(each, wanted.values))
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
        wanted = [self._sought(edges[at], at in known) for at in sought]
        for at, edge, rows in zip(sought, wanted, transaction.relationships(wanted), strict=True):
            line = lines[at]
            if at in known:
                its = self.ids.of(line["id"], at)
                fitting, values = [each for each in rows if each.id == its], edges[at].values
            else:
                fitting = [each for each in rows if _has(each, edge.values)]
                values, lacking = self.where.values(Kind.RELATIONSHIP, [line["type"]], line["gone"]["values"])
                outcome.lack(lacking)
            if len(fitting) == 1:
                puts += outcome.put(Kind.RELATIONSHIP, edge.type, fitting[0], (), values)
            else:
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
                    outcome.lack(lacking)
                yield at, line, Edge(type, start, end, values)
            elif outcome is not None:
                outcome.left.note("its type has no place" if type is None else "a node at its end is not there", line)

    def _parts(self, edge: Edge) -> Mapping[str, Any]:
        """The key of a relationship; empty where its type has none, or it lacks a part."""
        key = self._key(Kind.RELATIONSHIP, edge.type)
        has_all = all(edge.values.get(part) is not None for part in key)
        return {part: edge.values[part] for part in key} if has_all else {}

    def _sought(self, edge: Edge, is_there: bool) -> Edge:
        values = (self._parts(edge) or edge.values) if is_there else edge.values
        return Edge(edge.type, edge.start, edge.end, values)

    def _end(self, line: Line) -> _Target:
        labels = self._labels(line["labels"])
        values, _ = self.where.values(Kind.NODE, line["labels"], line["values"])
        keys = self._keyed(labels, values)
        return _Target(labels, values, keys or [(labels, values)], bool(keys), False)


def _only(rows: Sequence[Row]) -> str | None:
    return rows[0].id if len(rows) == 1 else None


def _is(row: Row, values: Mapping[str, Any]) -> bool:
    return len(row.values) == len(values) and _has(row, values)


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


def _has(row: Row, values: Mapping[str, Any]) -> bool:
    return all(name in row.values and same(row.values[name], value) for name, value in values.items())
