The schema file has what no migration makes, cannot be read, or is not there.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, p: , q: }
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- commands --
$ nsmig check
warning[out-of-date]: the schema has 1 change that no migration makes: Add property q to node type A
  Write the migration with: nsmig make
1 migration: 1 warning.
[exit code 3]
$ echo 'nodes: 5' > schema.yaml
$ nsmig check
schema.yaml:1: error[schema-unknown]: the node types must be a list, not a number; write [] for none
  Fix it; until then nsmig cannot tell whether a migration is missing.
1 migration: 1 error.
[exit code 1]
$ rm schema.yaml
$ nsmig check
error[schema-unknown]: schema.yaml: there is no schema file; write one, or name it in nsmig.yaml as `schema: FILE`; `nsmig schema > schema.yaml` writes what the migrations add up to, and `schema: null` says that the project has none
  Fix it; until then nsmig cannot tell whether a migration is missing.
1 migration: 1 error.
[exit code 1]
