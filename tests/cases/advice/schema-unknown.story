Fix the schema file.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes: [
- name: A
  properties: {id: {is_key: true}, p: }
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- commands --
$ nsmig check
schema.yaml:2: error[schema-unknown]: is not YAML: "-" is only valid inside a block
  Fix it; until then nsmig cannot tell whether a migration is missing.
1 migration: 1 error.
[exit code 1]
$ sed -i 's/nodes: \[/nodes:/' schema.yaml
$ nsmig check
1 migration: nothing found.
