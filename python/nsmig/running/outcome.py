"""The result of restoring archived rows."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from nsmig.database.archiving import Line, Row, same
from nsmig.kinds import Kind

Key = TypeVar("Key", bound=Hashable)
Example = TypeVar("Example")

SHOWN = 25  # examples that are kept


def is_any(value: Any, some: Iterable[Any]) -> bool:
    """Whether an encoded value is among some."""
    return any(same(value, each) for each in some)


@dataclass
class Tally(Generic[Key, Example]):
    """The number of occurrences of each thing, with the first examples."""

    counts: dict[Key, int] = field(default_factory=dict)
    examples: dict[Key, list[Example]] = field(default_factory=dict)

    def note(self, key: Key, example: Example) -> None:
        self.counts[key] = self.counts.get(key, 0) + 1
        of = self.examples.setdefault(key, [])
        if len(of) < SHOWN:
            of.append(example)

    def add(self, other: Tally[Key, Example]) -> None:
        for key, count in other.counts.items():
            self.counts[key] = self.counts.get(key, 0) + count
            self.examples[key] = [*self.examples.get(key, []), *other.examples[key]][:SHOWN]


@dataclass
class Outcome:
    """``nodes`` and ``relationships`` were created, ``values`` were put on existing rows; ``there`` is the number of
    rows that already had everything.

    ``taken``: values that were not restored, since there is another one now, by kind, type and property. ``left``: rows
    that were not restored, by the reason. ``lacking``: values of a type and property that has no place now, each with
    the property type that it would need to have again, '' if it does not exist.
    """

    nodes: int = 0
    relationships: int = 0
    values: int = 0
    there: int = 0
    taken: Tally[tuple[Kind, str, str], Row] = field(default_factory=Tally)
    left: Tally[str, Line] = field(default_factory=Tally)
    lacking: Tally[tuple[str, str, str], None] = field(default_factory=Tally)

    def add(self, other: Outcome) -> None:
        self.nodes += other.nodes
        self.relationships += other.relationships
        self.values += other.values
        self.there += other.there
        self.taken.add(other.taken)
        self.left.add(other.left)
        self.lacking.add(other.lacking)

    def lack(self, places: Iterable[tuple[str, str, str]]) -> None:
        for each in places:
            self.lacking.note(each, None)

    def put(
        self,
        kind: Kind,
        type: str,
        row: Row,
        labels: Sequence[str],
        values: Mapping[str, Any],
        instead: Mapping[str, Sequence[Any]],
    ) -> list[Row]:
        """The values that a row should get, if it lacks any: never over an existing value, except for one that came in
        place of the archived one."""
        different = {name: value for name, value in values.items() if not same(row.values.get(name), value)}
        missing = {
            name: value for name, value in different.items() if is_any(row.values.get(name), instead.get(name, (None,)))
        }
        others = different.keys() - missing
        for name in sorted(others):
            self.taken.note((kind, type, name), row)
        more = tuple(each for each in labels if each not in row.labels)
        if not missing and not more:
            self.there += not others
            return []
        self.values += len(missing)
        return [Row(row.id, more if kind is Kind.NODE else row.labels, missing)]
