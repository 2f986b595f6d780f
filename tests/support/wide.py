"""Histories of unusual shape: very wide, very deep, with very much in one place."""

from __future__ import annotations

from collections.abc import Callable

from nsmig import Kind, Migration
from nsmig.operations import AddAdjacency, AddProperty, CreateType, DropType, RenameProperty, RenameType
from support.migrations import migration

NODE = Kind.NODE


ROOT = migration("0", (CreateType(NODE, "T", ("k",), ()),))


def name(number: int) -> str:
    return f"m{number:07}"


def leaves(size: int) -> list[Migration]:
    """One root; all others directly after it."""
    return [ROOT, *(migration(name(at), (AddProperty(NODE, "T", f"p{at}"),), ["0"]) for at in range(size))]


def merges(size: int) -> list[Migration]:
    """Two branches of one migration each, joined; again and again."""
    made, last = [ROOT], "0"
    for at in range(0, size, 3):
        one, other, join = name(at), name(at + 1), name(at + 2)
        made.append(migration(one, (AddProperty(NODE, "T", f"p{at}"),), [last]))
        made.append(migration(other, (CreateType(NODE, f"T{at}", ("k",), ("p",)),), [last]))
        made.append(migration(join, (), [one, other]))
        last = join
    return made


def chain(size: int) -> list[Migration]:
    """Each after the one before, and named in reverse order."""
    made, last = [ROOT], "0"
    for at in range(size):
        made.append(
            migration(name(size - at), (RenameProperty(NODE, "T", f"p{at - 1}" if at else "k", f"p{at}"),), [last])
        )
        last = made[-1].name
    return made


def one_migration(size: int) -> list[Migration]:
    """All operations in one file, on one type."""
    return [migration("0", (ROOT.operations[0], *(AddProperty(NODE, "T", f"p{at}", at) for at in range(size))))]


def long_names(size: int) -> list[Migration]:
    """Names of two hundred letters that only differ at the end."""
    types = [CreateType(NODE, f"{'T' * 200}{at}", (f"{'k' * 200}{at}",), (f"{'p' * 200}{at}",)) for at in range(size)]
    made = [ROOT]
    for at, each in enumerate(types):
        made.append(migration(f"{'m' * 200}{at:07}", (each,), [made[-1].name]))
    return made


def many_relationships(size: int) -> list[Migration]:
    """Types that are all connected to one, most of them renamed or dropped."""
    made = [ROOT, migration("1", (CreateType(Kind.RELATIONSHIP, "R", (), ()),), ["0"])]
    for at in range(size // 3):
        last, own = made[-1].name, f"T{at}"
        connected = CreateType(NODE, own, ("k",), ()), AddAdjacency(own, "R", "T")
        made.append(migration(name(3 * at), connected, [last]))
        made.append(migration(name(3 * at + 1), (RenameType(NODE, own, f"U{at}"),), [made[-1].name]))
        made.append(migration(name(3 * at + 2), (DropType(NODE, f"U{at}"),) if at % 2 else (), [made[-1].name]))
    return made


SHAPES: dict[str, Callable[[int], list[Migration]]] = {
    each.__name__: each for each in (leaves, merges, chain, one_migration, long_names, many_relationships)
}
