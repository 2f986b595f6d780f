#!/usr/bin/env bash
# Neo4j 2026.08.1: one vector that is far away spoils the searches of a whole euclidean vector index, until it is built
# again.
#
# One would expect: a vector of nonsense, such as one with the -9999 or 9999 of a missing measurement in it, is far from
# every question, so it comes last in its answer and harms no other.
#
# What happens: among 2,000 vectors of 16 numbers between 0 and 1, one more has a 9999 in one place. With the default
# options the searches return ten rows each, but of the ten nearest only 2 % are among them; without the odd vector, or
# with a 100 in place of the 9999, it is 76 %. The scores look like any others. Deleting the node changes nothing; only
# an index that is dropped and created again is as good as before. With `vector.quantization.enabled` false (90 %), by
# cosine (83 %), or on 5.26.12 (88 %) the odd one does no harm.
#
# Why it matters: quantization is on unless it is turned off, nothing is reported, and each answer has as many rows as
# were asked for. One bad row of an import makes a search useless, and deleting it does not help.
#
# Seen with Neo4j 2026.08.1 on Java 25, neo4j 6.4.1 (PyPI). Run: bash one-far-vector.sh [VERSION OF NEO4J]; needs
# python3, mvn, and Java 21 or newer (17 for 5.26.12) in JAVA_HOME or on the PATH. Exit status: 0 as described, 1
# changed, 2 the server could not be run.

set -euo pipefail
version=${1:-2026.08.1}
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
import random
import sys

from neo4j import GraphDatabase

driver = GraphDatabase.driver(os.environ["NEO4J_URI"], auth=None, notifications_min_severity="OFF")
COUNT, DIMENSIONS, WANTED = 2000, 16, 10
chance = random.Random(1)
vectors = [[chance.random() for _ in range(DIMENSIONS)] for _ in range(COUNT)]
questions = [[chance.random() for _ in range(DIMENSIONS)] for _ in range(20)]
changed = []


def rows(query, **parameters):
    return [tuple(record.values()) for record in driver.execute_query(query, parameters).records]


def build(similarity, options):
    rows("DROP INDEX near IF EXISTS")
    rows(
        f"CREATE VECTOR INDEX near FOR (n:Item) ON n.v OPTIONS {{indexConfig: {{`vector.dimensions`: {DIMENSIONS},"
        f" `vector.similarity_function`: '{similarity}'{options}}}}}"
    )
    rows("CALL db.awaitIndexes(300)")


def nearest(question, similarity):
    """The true answer, among the vectors that are not odd."""

    def distance(at):
        pairs = list(zip(question, vectors[at]))
        if similarity == "euclidean":
            return sum((a - b) ** 2 for a, b in pairs)
        return -sum(a * b for a, b in pairs) / sum(b * b for _, b in pairs) ** 0.5

    return set(sorted(range(COUNT), key=distance)[:WANTED])


def found(similarity):
    """The part of the true neighbours that searches return, and whether every answer is complete."""
    search = f"CALL db.index.vector.queryNodes('near', {WANTED}, $question) YIELD node RETURN node.id"
    answers = [[id for (id,) in rows(search, question=each)] for each in questions]
    right = sum(len(nearest(each, similarity).intersection(answer)) for each, answer in zip(questions, answers))
    return right / (WANTED * len(questions)), all(len(answer) == WANTED for answer in answers)


def seen(what, similarity, is_right):
    part, is_complete = found(similarity)
    print(f"{what}: {part:.0%} of the nearest, {'complete' if is_complete else 'incomplete'} answers")
    if not is_complete or not (part > 0.5 if is_right else part < 0.2):
        changed.append(f"{what}: {part:.0%}, which was {'right' if is_right else 'wrong'} when this was written")


version = rows("CALL dbms.components()")[0][1][0]
is_old = version.startswith("5.")
rows("UNWIND $rows AS row CREATE (:Item {id: row[0], v: row[1]})", rows=list(enumerate(vectors)))
build("euclidean", "")
seen("without the odd vector", "euclidean", True)
rows("CREATE (:Item:Odd {id: -1})")
for value, is_right in ((100.0, True), (9999.0, is_old)):
    rows("MATCH (n:Odd) SET n.v = [$value] + [i IN range(2, $count) | 0.5]", value=value, count=DIMENSIONS)
    build("euclidean", "")
    seen(f"with one {value:.0f}", "euclidean", is_right)
build("euclidean", ", `vector.quantization.enabled`: false")
seen("with one 9999, not quantized", "euclidean", True)
build("cosine", "")
seen("with one 9999, by cosine", "cosine", True)
build("euclidean", "")
rows("MATCH (n:Odd) DETACH DELETE n")
seen("after its deletion", "euclidean", is_old)
build("euclidean", "")
seen("created again", "euclidean", True)

sys.exit("\n".join(["The behaviour has changed:", *changed]) if changed else 0)
EOF
