Findings as GitHub shows them beside the lines.
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
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: p, default: "100%,\n"}}
-- commands --
$ nsmig check --github
::warning file=migrations/b.yaml,line=4,title=nsmig property-exists::Add property p to node type A: the property already exists. If no database has the migration yet, remove the operation. Otherwise ignore this code in this file: it is harmless.
[exit code 3]
