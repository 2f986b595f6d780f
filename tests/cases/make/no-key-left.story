The last property of a key is removed.
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
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- commands --
$ sed -i 's/id: {is_key: true}/id: /' schema.yaml
$ nsmig make -m x
Generated migration <time>_x.
The migration contains 1 schema change.
  - Reduce key by id on node type A
warning: node type A no longer has a key, so nothing keeps its rows distinct
Migration written to migrations/<time>_x.yaml
Run `nsmig run` to apply the migration.
