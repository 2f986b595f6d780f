"""Histories of any size that apply to an empty schema. The same size (and seed) gives the same operations."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import islice

from nsmig.kinds import Kind
from nsmig.operations import (
    AddIndex,
    AddProperty,
    CreateType,
    DropProperty,
    DropType,
    Operation,
    RenameProperty,
    RenameType,
    RunQuery,
)

NODE = Kind.NODE


def typical(size: int, seed: int = 0) -> list[Operation]:
    """The history of a project after years: types are created, grow, change their properties, and are seldom
    dropped."""
    rng = random.Random(seed)
    types: list[str] = []
    properties: dict[str, list[str]] = {}
    operations: list[Operation] = []
    made = 0

    def fresh(letter: str) -> str:
        nonlocal made
        made += 1
        return f"{letter}{made}"

    while len(operations) < size:
        chance = rng.random()
        if not types or chance < 0.08:
            name = fresh("T")
            properties[name] = [fresh("p") for _ in range(rng.randint(2, 5))]
            types.append(name)
            operations.append(CreateType(NODE, name, (properties[name][0],), tuple(properties[name][1:])))
            continue
        at = rng.randrange(len(types))
        name = types[at]
        own = properties[name]
        if chance < 0.10:
            types[at] = fresh("T")
            properties[types[at]] = properties.pop(name)
            operations.append(RenameType(NODE, name, types[at]))
        elif chance < 0.12 and len(types) > 1:
            del types[at], properties[name]
            operations.append(DropType(NODE, name))
        elif chance < 0.55 or len(own) < 2:
            own.append(fresh("p"))
            operations.append(AddProperty(NODE, name, own[-1], rng.choice((None, 0, "x"))))
        elif chance < 0.75:
            p = own.pop(rng.randrange(1, len(own)))
            operations.append(DropProperty(NODE, name, p))
        elif chance < 0.95:
            chosen = rng.randrange(1, len(own))
            old, own[chosen] = own[chosen], fresh("p")
            operations.append(RenameProperty(NODE, name, old, own[chosen]))
        else:
            operations.append(AddIndex(NODE, name, rng.choice(own)))
    return operations


def many_types(size: int) -> list[Operation]:
    """Every other operation creates a type, the next adds a property."""
    return [
        CreateType(NODE, f"T{at}", ("k",), ("p",)) if at % 2 == 0 else AddProperty(NODE, f"T{at - 1}", "q", at)
        for at in range(size)
    ]


def wide_type(size: int) -> list[Operation]:
    """One type that gets more and more properties."""
    return [CreateType(NODE, "T", ("k",), ()), *(AddProperty(NODE, "T", f"p{at}", at) for at in range(size - 1))]


def rename_chain(size: int) -> list[Operation]:
    """One property and one type, renamed over and over."""
    start: list[Operation] = [CreateType(NODE, "T0", ("k",), ("p0",))]
    for at in range((size - 1) // 2):
        start.append(RenameProperty(NODE, f"T{at}", f"p{at}", f"p{at + 1}"))
        start.append(RenameType(NODE, f"T{at}", f"T{at + 1}"))
    return start


def walls(size: int) -> list[Operation]:
    """Types with the same declarations, and a user's statement after each change."""
    count = size // 3
    creates = [CreateType(NODE, f"T{at}", ("k",), ("p",)) for at in range(count)]
    changes = [each for at in range(count) for each in (RunQuery("RETURN 1"), AddProperty(NODE, f"T{at}", "q", at))]
    return [*creates, *changes]


def walled_swaps(size: int) -> list[Operation]:
    """Two properties of a type that swap names between the user's statements, among many types."""
    count = size // 5
    operations: list[Operation] = [CreateType(NODE, f"T{at}", ("k",), ("p", "q")) for at in range(count)]
    for at in range(count):
        names = ("p", "x"), ("q", "p"), ("x", "q")
        operations += [RunQuery("RETURN 1"), *(RenameProperty(NODE, f"T{at}", old, new) for old, new in names)]
    return operations


def entangled(size: int) -> list[Operation]:
    """Existing types that all declare one property, with changes to its values."""
    count = size // 3
    creates: list[Operation] = [CreateType(NODE, f"T{at}", ("k",), ("p",)) for at in range(count)]
    changes: list[Operation] = [RenameProperty(NODE, f"T{at}", "p", "q") for at in range(count)]
    return [*creates, RunQuery("RETURN 1"), *changes, *(DropType(NODE, f"T{at}") for at in range(count))]


def dropped_beside(size: int) -> list[Operation]:
    """Half of the existing types that declare one property are dropped; the others get a new one."""
    count = size // 4
    creates: list[Operation] = [CreateType(NODE, f"T{at}", ("k",), ("p",)) for at in range(2 * count)]
    drops: list[Operation] = [DropType(NODE, f"T{at}") for at in range(count)]
    adds: list[Operation] = [AddProperty(NODE, f"T{at}", f"new{at}", None) for at in range(count, 2 * count)]
    return [*creates, RunQuery("RETURN 1"), *drops, *adds]


def made_again(size: int) -> list[Operation]:
    """A type that is created and dropped over and over."""
    again = (CreateType(NODE, "T", ("k",), ("p",)), AddProperty(NODE, "T", "q", 1), DropType(NODE, "T"))
    return list(islice((each for _ in range(size) for each in again), size))


SHAPES: dict[str, Callable[[int], list[Operation]]] = {
    each.__name__: each
    for each in (
        typical,
        many_types,
        wide_type,
        rename_chain,
        walls,
        walled_swaps,
        entangled,
        dropped_beside,
        made_again,
    )
}
