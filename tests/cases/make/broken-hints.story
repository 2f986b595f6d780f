--check also reports unreadable hints.
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
-- hints.yaml --
rename-type: {
-- commands --
$ nsmig make --check
error: hints.yaml:1:14: is not YAML: unclosed bracket '{'
[exit code 1]
$ rm hints.yaml
$ nsmig make --check
No changes to migrate
