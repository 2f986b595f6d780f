A target that could not be checked is never reported as fine.
-- nsmig.yaml --
targets:
  gone: {database: ladybug, path: no/such/folder.lbug}
  local: {database: ladybug, path: graph.lbug}
-- schema.yaml --
nodes: [{name: A, properties: {id: {is_key: true}, p: }}]
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- commands --
$ nsmig check -t gone
error: target 'gone': no/such/folder.lbug: the folder 'no/such' does not exist; create it
1 migration: 1 target could not be checked.
[exit code 1]
$ nsmig run -t local 2>&1 | tail -n 1; sed -i 's/p: }/p: , q: }/' schema.yaml
Target local: 1 migration applied in <duration>.
$ nsmig check -t local -t gone
error: target 'gone': no/such/folder.lbug: the folder 'no/such' does not exist; create it
warning[out-of-date]: the schema has 1 change that no migration makes: Add property q to node type A
  Write the migration with: nsmig make
1 migration: 1 warning, 1 target could not be checked.
[exit code 1]
