"""Archived values as they would be now: what the migrations since have made of them, by their own conversions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nsmig.database.archiving import Line, Restoring, same
from nsmig.kinds import Kind
from nsmig.running.moved import Conversions, Places

Numbered = tuple[int, Line]


def as_now(batch: Sequence[Numbered], where: Places, restoring: Restoring) -> list[Numbered]:
    """Lines whose values are as later migrations would have left them. ``were`` are lists of what those that were left
    have been before, ``became`` of all that what replaced an archived value has been since; the value that it replaced
    stays as it was."""
    rows = {(line["row"], _types(line)) for _, line in batch}
    if where.conversion is None and not any(where.has_conversions(_kind(row), types) for row, types in rows):
        return list(batch)
    asked = _Asked(restoring)
    for _, line in batch:
        for value, conversions in _values(line, where):
            asked.add(value, conversions)
    asked.find()
    return [(at, _as_now(line, where, asked)) for at, line in batch]


def _values(line: Line, where: Places) -> Iterator[tuple[Any, Conversions | None]]:
    """The values of a line that may have been converted, each with how."""
    for part in ("values", "gone", "became"):
        for name, value in _part(line, part).items():
            yield value, _conversions(line, where, name)


def _part(line: Line, part: str) -> Mapping[str, Any]:
    if part == "gone":
        return {} if "became" in line else line.get("gone", {}).get("values", {})
    values: Mapping[str, Any] = line.get(part, {})
    return values


def _conversions(line: Line, where: Places, name: str) -> Conversions | None:
    return where.conversions(_kind(line["row"]), _types(line), name)


def _kind(row: str) -> Kind:
    return Kind.RELATIONSHIP if row == "relationship" else Kind.NODE


def _types(line: Line) -> tuple[str, ...]:
    if "type" in line:
        return (line["type"],)
    return (*line["labels"], *line.get("gone", {}).get("labels", ()))


def _as_now(line: Line, where: Places, asked: _Asked) -> Line:
    chains = {
        part: {name: asked.chain(value, _conversions(line, where, name)) for name, value in _part(line, part).items()}
        for part in ("values", "gone", "became")
    }
    values = chains["values"]
    now: dict[str, Any] = {**line, "values": {name: chain[-1] for name, chain in values.items()}}
    now["were"] = {name: before for name, chain in values.items() if (before := _before(chain))}
    if chains["gone"]:
        now["gone"] = {**line["gone"], "values": {name: chain[-1] for name, chain in chains["gone"].items()}}
    return {**now, "became": chains["became"]} if "became" in line else now


def _before(chain: Sequence[Any]) -> list[Any]:
    """What is not as it is at the end."""
    return [each for at, each in enumerate(chain) if not any(same(each, other) for other in (*chain[:at], chain[-1]))]


@dataclass
class _Asked:
    """What the values of a batch became, each asked for once."""

    restoring: Restoring
    values: dict[str, tuple[Conversions, dict[str, Any]]] = field(default_factory=dict)
    chains: dict[tuple[str, str], list[Any]] = field(default_factory=dict)

    def add(self, value: Any, conversions: Conversions | None) -> None:
        if conversions is not None:
            _, values = self.values.setdefault(repr(conversions), (conversions, {}))
            values[json.dumps(value, sort_keys=True)] = value

    def find(self) -> None:
        for how, (conversions, values) in self.values.items():
            steps, was = [list(values.values())], conversions.was
            for operation in conversions.operations:
                steps.append(self.restoring.converted(steps[-1], was, operation))
                was = operation.to
            for at, text in enumerate(values):
                self.chains[how, text] = [each[at] for each in steps]

    def chain(self, value: Any, conversions: Conversions | None) -> list[Any]:
        """The value, and what each conversion made of it."""
        if conversions is None:
            return [value]
        return self.chains[repr(conversions), json.dumps(value, sort_keys=True)]
