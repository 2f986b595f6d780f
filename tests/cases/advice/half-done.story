Let it finish.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, p: }
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: []}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: p}}
- {operation: RunQuery, arguments: {query: 'CREATE (:A {id: $id})', parameters: {id: x}}}
-- commands --
$ nsmig run --to a 2>&1 | tail -n 1
Target local: 1 migration applied in <duration>.
$ python -c "import ladybug; ladybug.Connection(ladybug.Database('graph.lbug')).execute('CREATE (:A {id: \'x\'})')"
$ nsmig run >/dev/null 2>&1
[exit code 1]
$ nsmig check -t local
migrations/b.yaml: warning[half-done]: target local: 'b' stopped after 1 of 2 operations
  Finish it with: nsmig run
2 migrations: 1 warning.
[exit code 3]
$ python -c "import ladybug; ladybug.Connection(ladybug.Database('graph.lbug')).execute('MATCH (a:A) DELETE a')"
$ nsmig run 2>&1 | tail -n 1
Target local: 1 migration applied in <duration>.
$ nsmig check -t local
2 migrations: nothing found.
