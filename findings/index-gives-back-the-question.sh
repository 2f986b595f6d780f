#!/usr/bin/env bash
# Neo4j: with an index, a property found by = has the value of the question, not the stored one.
#
# One would expect: an index changes how fast a node is found, never the value of its properties. Integer 1 equals 1.0,
# so {size: 1.0} finds it; what one then reads, or copies, is the integer 1.
#
# What happens: with a range index (or a uniqueness constraint) on size the value is not read at all; the query
# continues with the value it searched for. n.size is 1.0, n.size / 2 is 0.5 instead of 0, n.size IS :: INTEGER is
# false, even RETURN n gives a node with size 1.0, and a list [1, 2] comes back as [1.0, 2.0]. CREATE, SET and MERGE
# write that into other properties. Within one row n{.*} has 1 and properties(n) has 1.0. Without the index everything
# is as expected.
#
# Why it matters: a copy of a property (for a rename, a split, a new node) changes its type because someone created an
# index, and only if numbers arrive as floats, as they do from JSON or JavaScript. A check of the types beforehand, by a
# query without that filter or on a database without the index, shows integers.
#
# Seen with Neo4j 5.26.12 on Java 17 and 2026.08.1 on Java 25 (Cypher 5 and 25), neo4j 6.4.1 (PyPI). Run: bash
# index-gives-back-the-question.sh [VERSION OF NEO4J]; needs python3, mvn, and Java 17 or newer in JAVA_HOME or on the
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


def answers():
    rows("MATCH (n) DETACH DELETE n")
    rows("CREATE (:Shoe {size: 1}), (:Shoe {size: [1, 2]})")
    rows("CALL db.awaitIndexes(60)")
    whole = "RETURN n, n{.*} AS map, properties(n) AS properties"
    node, map, properties = rows(f"MATCH (n:Shoe {{size: $size}}) {whole}", size=1.0)[0]
    rows("MATCH (n:Shoe {size: 1.0}) CREATE (c:Copy) SET c = properties(n)")
    rows("MATCH (n:Shoe {size: 1.0}) WITH n, n.size / 2 AS half SET n.half = half")
    return {
        "RETURN n.size, n.size / 2": rows("MATCH (n:Shoe) WHERE n.size = 1.0 RETURN n.size, n.size / 2")[0],
        "n.size IS :: INTEGER": rows("MATCH (n:Shoe {size: 1.0}) RETURN n.size IS :: INTEGER")[0][0],
        "RETURN n": node["size"],
        "n{.*}": map["size"],
        "properties(n)": properties["size"],
        "list": rows("MATCH (n:Shoe {size: [1.0, 2.0]}) RETURN n.size")[0][0],
        "copied to another node": rows("MATCH (c:Copy) RETURN c.size")[0][0],
        "half, stored": rows("MATCH (n:Shoe) WHERE n.half IS NOT NULL RETURN n.half")[0][0],
        "what is stored": rows("MATCH (n:Shoe) WHERE n.size IS :: INTEGER RETURN n.size")[0][0],
    }


def shown(what, expected):
    for name, value in answers().items():
        seen(f"{what}, {name}", repr(value), repr(expected[name]))  # 1 == 1.0 in Python


stored = {
    "RETURN n.size, n.size / 2": (1, 0),
    "n.size IS :: INTEGER": True,
    "RETURN n": 1,
    "n{.*}": 1,
    "properties(n)": 1,
    "list": [1, 2],
    "copied to another node": 1,
    "half, stored": 0,
    "what is stored": 1,
}
asked = stored | {
    "RETURN n.size, n.size / 2": (1.0, 0.5),
    "n.size IS :: INTEGER": False,
    "RETURN n": 1.0,
    "properties(n)": 1.0,
    "list": [1.0, 2.0],
    "copied to another node": 1.0,
    "half, stored": 0.5,
}
version = rows("CALL dbms.components()")[0][1][0]
languages = ["CYPHER 5 "] if version.startswith("5.") else ["CYPHER 5 ", "CYPHER 25 "]
for language in languages:
    shown("no index", stored)
    rows("CREATE INDEX sizes FOR (n:Shoe) ON (n.size)")
    shown("index", asked)
    rows("DROP INDEX sizes")
    rows("MATCH (n) DETACH DELETE n")
    rows("CREATE CONSTRAINT sizes FOR (n:Shoe) REQUIRE n.size IS UNIQUE")
    shown("constraint", asked)
    rows("DROP CONSTRAINT sizes")

sys.exit("\n".join(["The behaviour has changed:", *changed]) if changed else 0)
EOF
