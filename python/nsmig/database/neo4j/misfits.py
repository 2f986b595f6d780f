"""Declared indexes and constraints that a database does not have as declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nsmig.database.neo4j.catalog import Catalog, Entry, clash, create, drop
from nsmig.database.neo4j.declared import difference, in_words, is_something_else, lacking, on_server
from nsmig.database.survey import Misfit
from nsmig.values import Entry as Declared


def misfits(expected: Iterable[Declared], live: Catalog) -> Iterator[Misfit]:
    """Those that are missing, failed or different, each with the statements that make it as declared."""
    for each in expected:
        wanted = on_server(each)
        found = live.named(each.name)
        what = f"{each.noun} {each.name} ({each.form}) on {wanted.place}"
        if found is not None and is_something_else(found, wanted):
            theirs = f"its name belongs to {in_words(found)} on {found.place}; give one of them another name"
            yield Misfit(each, f"{what} is not in the database: {theirs}", "")
            continue
        if found is not None:
            text = "has failed" if found.failed else difference(found, wanted)
            if text:
                yield Misfit(each, f"{what} {text}", _statements(wanted, [found]))
            continue
        alike = [other for other in live.on(wanted.kind, wanted.types[0]) if clash(other, wanted)]
        has = f", which has {', '.join(other.name for other in alike)} in its place" if alike else ""
        why_not = lacking(wanted, live.server)
        yield Misfit(each, f"{what} is not in the database{has}", _statements(wanted, alike), not alike, why_not)


def _statements(wanted: Entry, instead_of: Iterable[Entry]) -> str:
    """The statements that make it; '' if that is up to the database's graph type."""
    others = list(instead_of)
    return "" if any(each.graph_type for each in others) else "; ".join([*map(drop, others), create(wanted)])
