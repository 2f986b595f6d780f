The schema file has changes that no migration makes, cannot be read, or does not exist.
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
error[schema-unknown]: schema.yaml: there is no such schema file; correct `schema: FILE` in nsmig.yaml, or write the file: `nsmig schema > schema.yaml` writes the schema that results from the migrations. For a project without a schema file, set `schema: null`
  Fix it; until then nsmig cannot tell whether a migration is missing.
1 migration: 1 error.
[exit code 1]
