A migration that stopped half-way was edited since: restored, it is finished; or its changes are made by hand, and
recorded.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
schema: null
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: []}}
- {operation: RunQuery, arguments: {query: "CREATE (:A {id: 1})"}}
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: p}}
- {operation: RunQuery, arguments: {query: "CREATE (:A {id: 1})"}}
-- commands --
$ nsmig run >/dev/null 2>&1
[exit code 1]
$ cp migrations/a.yaml a.orig && sed -i '4s/p: /q: /; $s/id: 1/id: 2/' migrations/a.yaml
$ nsmig run
Executing migrations on target local...
error: target 'local': migration 'a' stopped after 3 operations and its file was edited since; restore the file as it was, run again, and put the change into a new migration; or bring the database to that state by hand, and then record it with nsmig run --fake --to a
[exit code 1]
$ cp graph.lbug saved.lbug && cp a.orig migrations/a.yaml
$ python -c "import ladybug; ladybug.Connection(ladybug.Database('graph.lbug')).execute('MATCH (a:A) DELETE a')"
$ nsmig run 2>&1 | tail -n 1
Target local: 1 migration applied in <duration>.
$ nsmig check -t local
1 migration: nothing found.
$ mv saved.lbug graph.lbug && sed -i '$s/id: 1/id: 2/' migrations/a.yaml
$ python -c "import ladybug; ladybug.Connection(ladybug.Database('graph.lbug')).execute('CREATE (:A {id: \'2\'})')"
$ nsmig run --fake --to a
Executing migrations on target local...
  a: recorded
Target local matches its migrations.
Target local: 1 migration recorded in <duration>.
$ nsmig check -t local
1 migration: nothing found.
$ nsmig run
Executing migrations on target local...
Target local: nothing to do.
