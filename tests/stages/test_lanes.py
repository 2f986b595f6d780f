"""The lanes of branches lead from each migration to its dependencies, and nowhere else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nsmig import History, Migration
from nsmig.page.lanes import MOST, in_text, lanes, parents
from support.wide import leaves

Depends = dict[str, list[str]]


@st.composite
def dependencies(draw: st.DrawFn) -> Depends:
    """The dependencies of each migration, in order."""
    names = [f"{number:02}" for number in range(draw(st.integers(0, 14)))]
    return {
        name: draw(st.lists(st.sampled_from(names[:at]), unique=True, max_size=3).map(sorted)) if at else []
        for at, name in enumerate(names)
    }


def followed(order: list[str], depends_on: Depends) -> set[tuple[str, str]]:
    """Which migration depends on which, by following each lane downwards to its end."""
    found: set[tuple[str, str]] = set()
    coming: dict[int, set[str]] = {}  # by lane, where it comes from
    for row in lanes(order, depends_on):
        ends = {row.lane, *row.joining} if row.comes_from_above else set(row.joining)
        assert ends <= coming.keys() and set(row.passing) == coming.keys() - ends
        found |= {(name, row.name) for each in ends for name in coming.pop(each)}
        for each in {row.lane, *row.parting} if row.goes_on else row.parting:
            coming.setdefault(each, set()).add(row.name)
    assert coming == {}
    return found


@given(dependencies())
def test_lanes_lead_from_each_migration_to_what_it_depends_on(depends_on: Depends) -> None:
    wanted = {(name, each) for name, those in depends_on.items() for each in those}
    assert followed(list(depends_on), depends_on) == wanted


def text(*migrations: Migration) -> str:
    history = History(list(migrations))
    lines = in_text(lanes(history.order(), parents(history)))
    return "".join(f"{left:<6}{row.name if row else ''}".rstrip() + "\n" for left, row in lines)


def after(name: str, *dependencies: str, replaces: tuple[str, ...] = ()) -> Migration:
    return Migration(name, (), dependencies, replaces)


def test_a_merge_of_three() -> None:
    branches = [after(name, "1") for name in ("2a", "2b", "2c")]
    assert text(after("1"), *branches, after("3", "2a", "2b", "2c")) == (
        "*     3\n|-.-.\n* | | 2c\n| * | 2b\n| | * 2a\n|-'-'\n*     1\n"
    )


def test_branches_beside_a_merge() -> None:
    made = [
        after("1"),
        after("2a", "1"),
        after("2b", "1"),
        after("3", "2b"),
        after("4", "2a", "2b"),
        after("5", "3", "4"),
    ]
    assert text(*made) == ("*     5\n|-.\n* |   4\n|-|-.\n| * | 3\n|-' |\n*   | 2b\n|   * 2a\n|---'\n*     1\n")


def test_a_dependency_without_a_file_is_met_by_its_squash() -> None:
    squash = after("s", replaces=("1", "2"))
    assert text(squash, after("3", "2")) == "*     3\n*     s\n"
    assert text(after("1"), after("2", "1"), squash, after("3", "2")) == "*     3\n| *   s\n*     2\n*     1\n"


def test_of_ten_thousand_branches_only_those_are_drawn_that_anybody_can_follow() -> None:
    history = History(leaves(10_000))
    rows = list(lanes(history.order(), parents(history)))
    assert len(rows) == 10_001 and all(len(row.passing) <= MOST + 1 and row.lane <= MOST for row in rows)
    assert max(len(left) for left, _ in in_text(rows)) <= 2 * (MOST + 1)
