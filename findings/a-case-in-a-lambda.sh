#!/usr/bin/env bash
# LadybugDB: a CASE in a lambda over a list that was changed reads elements that the row no longer has.
#
# One would expect: list_transform(n.l, x -> CASE WHEN x > 2 THEN x ELSE 0 END) is applied to the elements of n.l.
#
# What happens: after SET n.l = [3, 4] in place of [1, 2], and until the next checkpoint, the CASE is applied to the old
# elements, so the result is [0, 0]; coalesce(x, 0) gives [1, 2]. An expression without a branch (x * 10) is right. The
# same happens to the second and later of several lists that a query has computed. A copy made by list_concat with an
# empty list is right; one made by list_slice is that of another row if a scan leaves rows out, and list_filter then
# loses elements. With many elements coalesce is wrong also without any change. Worse has been seen there, which this
# script leaves out.
#
# Why it matters: values are silently computed from other data; a statement that stores the result makes it permanent.
# Write list_concat(n.l, cast([], 'INT64[]')) in place of n.l, or send CHECKPOINT first; for many elements, use no branch.
#
# Seen with ladybug 0.22.0 (PyPI), Python 3.11, Linux x86_64. Exit status: 0 as described, 1 changed.

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check ladybug==0.22.0

venv/bin/python - <<'PYTHON'
import sys

import ladybug

changed = []


def seen(what, value, expected):
    print(f"{what}: {value!r}")
    if repr(value) != repr(expected):
        changed.append(f"{what}: {value!r}, but {expected!r} when this was written")


database = ladybug.Database("graph.lbug", buffer_pool_size=256 << 20, max_db_size=1 << 30)
connection = ladybug.Connection(database)
ask = lambda query: [row[0] for row in connection.execute(query).get_all()]
ask("CREATE NODE TABLE A(id INT64 PRIMARY KEY, l INT64[])")
ask("CREATE (:A {id: 1, l: [1, 2]})")
ask("MATCH (n:A) SET n.l = [3, 4]")
CASE = "each -> CASE WHEN each > 2 THEN each ELSE 0 END"

seen("the list", ask("MATCH (n:A) RETURN n.l"), [[3, 4]])
seen("each * 10", ask("MATCH (n:A) RETURN list_transform(n.l, each -> each * 10)"), [[30, 40]])
seen("CASE", ask(f"MATCH (n:A) RETURN list_transform(n.l, {CASE})"), [[0, 0]])
seen("coalesce", ask("MATCH (n:A) RETURN list_transform(n.l, each -> coalesce(each, 0))"), [[1, 2]])
copy = "list_concat(n.l, cast([], 'INT64[]'))"
seen("CASE over a copy", ask(f"MATCH (n:A) RETURN list_transform({copy}, {CASE})"), [[3, 4]])
ask("CHECKPOINT")
seen("CASE after a checkpoint", ask(f"MATCH (n:A) RETURN list_transform(n.l, {CASE})"), [[3, 4]])

sys.exit("\n".join(["The behaviour has changed:", *changed]) if changed else 0)
PYTHON
