#!/usr/bin/env bash
# Neo4j: a dynamic label that is an empty list matches every node.
#
# One would expect: MATCH (n:$($labels)) with no label in $labels finds nothing, or is an error, as it is for null and
# for an empty text. It should not be the widest possible pattern.
#
# What happens: every node matches, including those without labels, since a node has "all of" no labels. The same for
# relationship types, ()-[r:$($types)]->(), and within an expression: (n:Old|$($labels)) is all nodes, not the old ones.
# $any($labels) finds none. CREATE, SET and REMOVE take the empty list as well and do nothing with it.
#
# Why it matters: dynamic labels are made for statements whose labels are computed, and a cleanup such as MATCH
# (n:$($droppedTypes)) DETACH DELETE n empties the database on the day when nothing was dropped. $any() is the safe
# form; with a single label both mean the same, so tests do not reveal the difference.
#
# Seen with Neo4j 5.26.12 on Java 17 and 2026.08.1 on Java 25 (there in Cypher 5 and Cypher 25), neo4j 6.4.1 (PyPI).
# Run: bash no-labels-all-nodes.sh [VERSION OF NEO4J]; needs python3, mvn, and Java 17 or newer in JAVA_HOME or on the
# PATH (21 for 2026.08.1). Exit status: 0 as described, 1 changed, 2 the server could not be run.

set -euo pipefail
version=${1:-5.26.12}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
case $version in 5.*) needed=17 ;; *) needed=21 ;; esac
major=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
if [ "${major:-0}" -lt "$needed" ]; then
    echo "Neo4j $version needs Java $needed or newer in JAVA_HOME or on the PATH." >&2
    exit 2
fi

work=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check neo4j==6.4.1
cat > pom.xml <<EOF
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>server</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.neo4j.test</groupId><artifactId>neo4j-harness</artifactId><version>$version</version>
  </dependency></dependencies>
</project>
EOF
mvn -q -B dependency:build-classpath -Dmdep.outputFile=classpath > mvn.log 2>&1 || { cat mvn.log >&2; exit 2; }
cat > Start.java <<'EOF'
class Start {
    public static void main(String[] arguments) throws Exception {
        var server = org.neo4j.harness.Neo4jBuilders.newInProcessBuilder().withDisabledServer().build();
        System.out.println(server.boltURI());
        Thread.currentThread().join();
    }
}
EOF
"$java" -Xmx1g -Djava.io.tmpdir="$work" -cp "$(cat classpath)" Start.java > uri 2> server.log &
server=$!
for _ in $(seq 120); do
    [ -s uri ] && break
    kill -0 "$server" 2>/dev/null || { cat server.log >&2; exit 2; }
    sleep 1
done
export NEO4J_URI="$(head -n 1 uri)"

venv/bin/python - <<'EOF'
import os
import sys
from neo4j.exceptions import Neo4jError

from neo4j import GraphDatabase

driver = GraphDatabase.driver(os.environ["NEO4J_URI"], auth=None, notifications_min_severity="OFF")
language = ""
changed = []


def rows(query, **parameters):
    return [tuple(record.values()) for record in driver.execute_query(language + query, parameters).records]


def seen(what, value, expected):
    print(f"{language}{what}: {value!r}")
    if value != expected:
        changed.append(f"{language}{what}: {value!r}, but {expected!r} when this was written")


def count(pattern, names):
    return rows(f"MATCH {pattern} RETURN count(*)", names=names)[0][0]


def refused(names):
    try:
        count("(n:$($names))", names)
    except Neo4jError:
        return True
    return False


version = rows("CALL dbms.components()")[0][1][0]
languages = ["CYPHER 5 "] if version.startswith("5.") else ["CYPHER 5 ", "CYPHER 25 "]
for language in languages:
    rows("MATCH (n) DETACH DELETE n")
    rows("CREATE (:Old)-[:WAS]->(:New), ()")
    seen("Old alone, (n:$($names))", count("(n:$($names))", ["Old"]), 1)
    seen("Old alone, (n:$any($names))", count("(n:$any($names))", ["Old"]), 1)
    seen("no names, (n:$($names))", count("(n:$($names))", []), 3)
    seen("no names, (n:$any($names))", count("(n:$any($names))", []), 0)
    seen("no names, (n:New|$($names))", count("(n:New|$($names))", []), 3)
    seen("no names, ()-[r:$($names)]->()", count("()-[r:$($names)]->()", []), 1)
    seen("no names, ()-[r:$any($names)]->()", count("()-[r:$any($names)]->()", []), 0)
    seen("null, [null] and '' are refused", [*map(refused, (None, [None], ""))], [True, True, True])
    rows("MATCH (n:$($names)) DETACH DELETE n", names=[])
    seen("no names, nodes left by DETACH DELETE", rows("MATCH (n) RETURN count(n)"), [(0,)])

sys.exit("\n".join(["The behaviour has changed:", *changed]) if changed else 0)
EOF
