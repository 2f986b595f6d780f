#!/usr/bin/env bash
# LadybugDB: a text plus null is the text, although a number plus null and a list plus null are null.
#
# One would expect: n.first + ' ' + n.last is null if one of them is, as in openCypher, on Neo4j, and with every other
# function and operator of LadybugDB that was tried.
#
# What happens: + and concat() of texts leave nulls out, so two nulls make the empty text, which is not null. WHERE
# (n.first + n.last) IS NULL finds nothing, coalesce() of it never gives its second argument, and SET writes '' to rows
# that had no value at all. With an integer or a list in place of the text the result is null.
#
# Why it matters: a query that composes a name or a key fills rows on LadybugDB that the same query leaves empty on
# Neo4j, and rows without any part get one key, '' or '-', together.
#
# Seen with ladybug 0.22.0 (PyPI), Python 3.11, Linux x86_64. Exit status: 0 as described, 1 changed.

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check ladybug==0.22.0

venv/bin/python - <<'EOF'
import sys

import ladybug

changed = []


def seen(what, value, expected):
    print(f"{what}: {value!r}")
    if value != expected:
        changed.append(f"{what}: {value!r}, but {expected!r} when this was written")


database = ladybug.Database(":memory:", buffer_pool_size=256 << 20, max_db_size=1 << 30)
connection = ladybug.Connection(database)


def rows(query):
    return [tuple(row) for row in connection.execute(query).get_all()]


def each(expression):
    return [value for (value,) in rows(f"MATCH (n:N) RETURN {expression} ORDER BY n.id")]


rows("CREATE NODE TABLE N(id INT64 PRIMARY KEY, a STRING, b STRING, i INT64, l INT64[], whole STRING)")
rows("CREATE (:N {id: 1, a: 'x', b: 'y', i: 1, l: [1]}), (:N {id: 2, b: 'y'}), (:N {id: 3})")

seen("a + b", each("n.a + n.b"), ["xy", "y", ""])
seen("concat(a, b)", each("concat(n.a, n.b)"), ["xy", "y", ""])
seen("a + '-' + b", each("n.a + '-' + n.b"), ["x-y", "-y", "-"])
seen("coalesce(a + b, 'none')", each("coalesce(n.a + n.b, 'none')"), ["xy", "y", ""])
seen("an integer + 1", each("n.i + 1"), [2, None, None])
seen("a list + a list", each("n.l + [9]"), [[1, 9], None, None])
seen("upper(a)", each("upper(n.a)"), ["X", None, None])
seen("a = b", each("n.a = n.b"), [False, None, None])
seen("WHERE (a + b) IS NULL", rows("MATCH (n:N) WHERE (n.a + n.b) IS NULL RETURN n.id"), [])
rows("MATCH (n:N) SET n.whole = n.a + n.b")
seen("after SET whole = a + b", each("n.whole"), ["xy", "y", ""])

sys.exit("\n".join(["The behaviour has changed:", *changed]) if changed else 0)
EOF
