A reversed range is swapped; a squash whose name is taken gets another.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
schema: null
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
-- commands --
$ nsmig squash --from b --to a
error: 'b' comes after 'a' in the order of the history; swap them
[exit code 1]
$ nsmig squash --from a --to b --name b
error: migrations/b.yaml is a migration named 'b' already; give the squash another name with --name
[exit code 1]
$ nsmig squash --from a --to b --name ab
Generated squashed migration ab.
It replaces 2 migrations; 2 operations became 1.
Migration written to migrations/ab.yaml
Keep the files it replaces until every database has run them or the squash.
$ nsmig check
3 migrations: nothing found.
$ nsmig run 2>&1 | tail -n 1
Target local: 1 migration applied in <duration>.
