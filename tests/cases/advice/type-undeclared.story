Fix the name in the schema file, or declare the type.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, p: }
relationships: [{name: R}]
cardinalities:
- adjacency: {from_node_type: A, relationship_type: RR, to_node_type: A}
  cardinality: {from_side_cardinality: MANY, to_side_cardinality: MANY}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
- {operation: CreateRelationshipType, arguments: {name: R, keys: [], properties: []}}
- {operation: AddAdjacency, arguments: {from_node_type: A, relationship_type: R, to_node_type: A}}
-- commands --
$ nsmig check
schema.yaml: error[type-undeclared]: relationship type RR connects A to A, but the schema has no relationship type 'RR'; did you mean 'R'?
  Declare that type in the schema file, or correct its name there.
1 migration: 1 error.
[exit code 1]
$ sed -i 's/RR/R/' schema.yaml
$ nsmig check
1 migration: nothing found.
