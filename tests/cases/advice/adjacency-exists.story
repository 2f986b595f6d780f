Edit the migration if no database has it yet; otherwise ignore the code in this file.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, p: }
relationships: [{name: R}]
cardinalities:
- adjacency: {from_node_type: A, relationship_type: R, to_node_type: A}
  cardinality: {from_side_cardinality: MANY, to_side_cardinality: MANY}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
- {operation: CreateRelationshipType, arguments: {name: R, keys: [], properties: []}}
- {operation: AddAdjacency, arguments: {from_node_type: A, relationship_type: R, to_node_type: A}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: AddAdjacency, arguments: {from_node_type: A, relationship_type: R, to_node_type: A}}
-- commands --
$ nsmig check
migrations/b.yaml:4: warning[adjacency-exists]: Connect A to A by R: the adjacency already exists; nothing happens
  If no database has the migration yet, remove the operation. Otherwise ignore this code in this file: it is harmless.
2 migrations: 1 warning.
[exit code 3]
$ cp migrations/b.yaml b.orig
$ sed -i '/AddAdjacency/d; s/^operations:$/operations: []/' migrations/b.yaml
$ nsmig check
2 migrations: nothing found.
$ cp b.orig migrations/b.yaml
$ nsmig run 2>&1 | tail -n 1
Target local: 2 migrations applied in <duration>.
$ echo '# nsmig: ignore adjacency-exists' >> migrations/b.yaml
$ nsmig check -t local
2 migrations: nothing found (1 ignored).
