"""The lanes of a history's branches, as in ``git log --graph``: the newest migration first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from nsmig._core import History

MOST = 40  # the most lanes that anyone can follow; all further branches share the next


@dataclass(frozen=True, slots=True)
class Row:
    """A migration in the ``lane`` of its number. ``passing``: other lanes that pass it. ``joining``: lanes that come
    from above and end here, beside its own. ``parting``: lanes that lead from here to its other dependencies.
    ``comes_from_above``: something newer depends on it. ``goes_on``: it depends on something."""

    name: str
    lane: int
    passing: tuple[int, ...]
    joining: tuple[int, ...]
    parting: tuple[int, ...]
    comes_from_above: bool
    goes_on: bool


def parents(history: History) -> dict[str, list[str]]:
    """The dependencies of each migration, in the order of the history; the squash, if one has no file."""
    order = history.order()
    place = {name: number for number, name in enumerate(order)}
    by_squash = {member: name for name in reversed(order) for member in history.replaced(name)}
    found = {}
    for name in order:
        met = {each if each in place else by_squash.get(each, each) for each in history[name].dependencies}
        found[name] = sorted((each for each in met if each in place and each != name), key=place.__getitem__)
    return found


def lanes(order: Sequence[str], parents: Mapping[str, Sequence[str]]) -> Iterator[Row]:
    """A row for each migration, the newest first.

    A lane waits for a migration on which something above depends. The last dependency takes over the lane, so that a
    merged branch appears beside it.

    :param order: names, each after its dependencies.
    :param parents: the dependencies of each, in that order.
    """
    place = {name: number for number, name in enumerate(order)}
    waiting: list[str | None] = []
    lanes_of: dict[str, list[int]] = {}  # the awaited migration, and the lane
    free: list[int] = []

    def wait(lane: int | None, name: str) -> int:
        if lane is None:
            lane = heappop(free) if free else len(waiting)
        waiting[lane : lane + 1] = [name]
        lanes_of.setdefault(name, []).append(lane)
        return lane

    for name in reversed(order):
        having = sorted(lanes_of.pop(name, ()))
        lane, *joining = having or [wait(None, name)]
        lanes_of.pop(name, None)
        for each in having or [lane]:
            waiting[each] = None
        for each in joining:
            heappush(free, each)
        passing = [at for at, each in enumerate(waiting[: MOST + 1]) if each is not None]
        older = [each for each in parents[name] if place[each] < place[name]]
        goes_on = bool(older)
        if goes_on:
            wait(lane, older.pop())
        else:
            heappush(free, lane)
        parting = [lanes_of[each][0] if each in lanes_of else wait(None, each) for each in reversed(older)]
        yield Row(
            name,
            min(lane, MOST),
            tuple(passing),
            _clipped(joining),
            _clipped(parting),
            bool(having),
            goes_on,
        )


def _clipped(lanes: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted({min(each, MOST) for each in lanes}))


def in_text(rows: Iterable[Row]) -> Iterator[tuple[str, Row | None]]:
    """Lines of characters: one for each migration with its row, and lines in between without one."""
    for row in rows:
        above = {*row.passing, *((row.lane,) if row.comes_from_above else ())}
        if row.joining:
            yield _between(row.lane, row.joining, above, "'"), None
        yield _line(dict.fromkeys(row.passing, "|") | {row.lane: "*"}), row
        if row.parting:
            yield _between(row.lane, row.parting, {*row.passing, row.lane}, "."), None


def _between(lane: int, ends: Sequence[int], others: set[int], corner: str) -> str:
    """A line across, from a migration's lane to others."""
    low, high = min(lane, *ends), max(lane, *ends)
    signs = dict.fromkeys(others, "|")
    for each in range(low, high + 1):
        if each in ends:
            signs[each] = "+" if each in others else corner
        else:
            signs.setdefault(each, "-")
    return _line(signs, low, high)


def _line(signs: Mapping[int, str], low: int = 0, high: int = 0) -> str:
    cells = [signs.get(lane, " ") + ("-" if low <= lane < high else " ") for lane in range(max(signs) + 1)]
    return "".join(cells).rstrip()
