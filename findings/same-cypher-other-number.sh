#!/usr/bin/env bash
# Neo4j: in Cypher 5, a text is a number on one server and not on another.
#
# One would expect: CYPHER 5 before a statement, or Cypher 5 as the database's language, fixes what functions return,
# so that the server can be changed under it. And toFloat('12D') is null, since toInteger('12D') is.
#
# What happens: the server's version decides, not the language's. With CYPHER 5 before the statement:
#   text        toIntegerOrNull 5.26.12 | 2026.08.1    toFloatOrNull 5.26.12 | 2026.08.1
#   '2024_01'                   null    | 202401                     null    | 202401.0
#   '0x1F'                      null    | 31                         null    | 31.0
#   '0o17'                      null    | 15                         null    | 15.0
#   ' 7 '                       null    | 7                          7.0     | 7.0
#   '12D', '3f'                 null    | null                       12.0, 3.0 on both
# The last line is a type suffix of Java's number syntax, which toFloat accepts on both.
#
# Why it matters: "convert what toIntegerOrNull accepts, report the rest" is the usual type change. It reports invoice
# '2024_01' on the staging server and makes it 202401 on the newer one; a house '12D' becomes 12.0 on both. Test the
# text with a pattern, not by checking whether the conversion is null.
#
# Seen with Neo4j 5.26.12 and 2026.08.1, both on Java 25, neo4j 6.4.1 (PyPI). Runs one server after the other; needs
# python3, mvn, and Java 21 or newer in JAVA_HOME or on the PATH. Exit status: 0 as described, 1 changed, 2 a server
# could not be run.

set -euo pipefail
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
major=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
if [ "${major:-0}" -lt 21 ]; then
    echo "Neo4j 2026.08.1 needs Java 21 or newer in JAVA_HOME or on the PATH." >&2
    exit 2
fi

work=$(mktemp -d)
server=
stop() {
    [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
    server=
}
trap 'stop; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check neo4j==6.4.1
cat > Start.java <<'EOF'
class Start {
    public static void main(String[] arguments) throws Exception {
        var server = org.neo4j.harness.Neo4jBuilders.newInProcessBuilder().withDisabledServer().build();
        System.out.println(server.boltURI());
        Thread.currentThread().join();
    }
}
EOF
cat > ask.py <<'EOF'
import json
import sys

from neo4j import GraphDatabase

texts = ["7", "7.9", "1e3", " 7 ", "2024_01", "0x1F", "0o17", "12D", "3f", "12 D"]
query = """CYPHER 5 UNWIND $texts AS text
RETURN text, toIntegerOrNull(text) AS integer, toFloatOrNull(text) AS float"""
with GraphDatabase.driver(sys.argv[1], auth=None) as driver:
    records = driver.execute_query(query, texts=texts).records
    found = {row["text"]: [row["integer"], row["float"]] for row in records}
with open(sys.argv[2], "w") as file:
    json.dump(found, file)
EOF
for version in 5.26.12 2026.08.1; do
    mkdir "$version"
    cat > "$version/pom.xml" <<EOF
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>server</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.neo4j.test</groupId><artifactId>neo4j-harness</artifactId><version>$version</version>
  </dependency></dependencies>
</project>
EOF
    (cd "$version" && mvn -q -B dependency:build-classpath -Dmdep.outputFile=classpath > mvn.log 2>&1) ||
        { cat "$version/mvn.log" >&2; exit 2; }
    "$java" -Xmx1g -Djava.io.tmpdir="$work" -cp "$(cat "$version/classpath")" Start.java \
        > "$version/uri" 2> "$version/log" &
    server=$!
    for _ in $(seq 120); do
        [ -s "$version/uri" ] && break
        kill -0 "$server" 2>/dev/null || { cat "$version/log" >&2; exit 2; }
        sleep 1
    done
    venv/bin/python ask.py "$(head -n 1 "$version/uri")" "$version/found"
    stop
done

venv/bin/python - <<'EOF'
import json
import sys

changed = []


def seen(what, value, expected):
    print(f"{what}: {value!r}")
    if value != expected:
        changed.append(f"{what}: {value!r}, but {expected!r} when this was written")


expected = {
    "7": ([7, 7.0], [7, 7.0]),
    "7.9": ([7, 7.9], [7, 7.9]),
    "1e3": ([1000, 1000.0], [1000, 1000.0]),
    " 7 ": ([None, 7.0], [7, 7.0]),
    "2024_01": ([None, None], [202401, 202401.0]),
    "0x1F": ([None, None], [31, 31.0]),
    "0o17": ([None, None], [15, 15.0]),
    "12D": ([None, 12.0], [None, 12.0]),
    "3f": ([None, 3.0], [None, 3.0]),
    "12 D": ([None, None], [None, None]),
}
older, newer = (json.load(open(f"{version}/found")) for version in ("5.26.12", "2026.08.1"))
for text, pair in expected.items():
    seen(f"{text!r} as integer and float, 5.26.12 and 2026.08.1", (older[text], newer[text]), pair)

sys.exit("\n".join(["The behaviour has changed:", *changed]) if changed else 0)
EOF
