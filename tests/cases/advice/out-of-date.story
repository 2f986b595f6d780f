Write the migration.
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
-- commands --
$ nsmig check
warning[out-of-date]: the schema has 1 change that no migration makes: Add property p to node type A
  Write the migration with: nsmig make
1 migration: 1 warning.
[exit code 3]
$ nsmig make -m p | tail -n 2
Migration written to migrations/<time>_p.yaml
Run `nsmig run` to apply the migration.
$ nsmig check
2 migrations: nothing found.
