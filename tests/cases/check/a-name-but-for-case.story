A database of the project ignores letter case in names.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, p: , P: }
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: P}}
-- commands --
$ nsmig check
migrations/b.yaml:4: error[refused]: Add property P to node type A: ladybug: the properties 'P' and 'p' would be one column in LadybugDB, which ignores letter case; choose another name
  Choose something that the database supports; no data can make this operation possible.
2 migrations: 1 error.
[exit code 1]
$ echo 'targets: {prod: {database: neo4j, uri: !env UNSET}}' > nsmig.yaml
$ nsmig check
2 migrations: nothing found.
