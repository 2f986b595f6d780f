A mistake in the expression of a type change is reported for the file and its place, or for the database that refuses
it.
-- nsmig.yaml --
schema: null
targets:
  local: {database: ladybug, path: graph.lbug}
  prod: {database: neo4j, uri: "bolt://localhost:1"}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p, q]}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- operation: SetNodePropertyType
  arguments: {node_type: A, property_name: p, type: INTEGER, using: {neo4j: size(value), ladybag: size(value)}}
-- migrations/c.yaml --
name: c
dependencies: [a]
operations:
- operation: SetNodePropertyType
  arguments: {node_type: A, property_name: p, type: INTEGER, using: 7}
-- migrations/d.yaml --
name: d
dependencies: [a]
operations:
- operation: SetNodePropertyType
  arguments: {node_type: A, property_name: p, type: INTEGER, using: ' '}
-- migrations/e.yaml --
name: e
dependencies: [a]
operations:
- operation: SetNodePropertyType
  arguments: {node_type: A, property_name: p, type: INTEGER, may_be_null: true}
-- migrations/f.yaml --
name: f
dependencies: [a]
operations:
- operation: SetNodePropertyType
  arguments: {node_type: A, property_name: id, type: INTEGER, using: size(value), may_be_null: true}
-- commands --
$ nsmig check
migrations/b.yaml:5: error[unreadable]: a key of using of SetNodePropertyType must be one of ladybug, neo4j, not 'ladybag'; did you mean 'ladybug'?
  Fix the file.
migrations/c.yaml:5: error[unreadable]: using of SetNodePropertyType must be a string, or a mapping of kinds of database to strings, not the number 7
  Fix the file.
migrations/d.yaml:5: error[unreadable]: using of SetNodePropertyType is empty; leave it out
  Fix the file.
migrations/e.yaml:4: error[unreadable]: may_be_null of SetNodePropertyType goes with using
  Fix the file.
migrations/f.yaml:4: error[not-applicable]: Set type of property id on node type A to INTEGER: property 'id' is part of the key of node type 'A', so it may not be null
  Edit or remove the operation, or add the one that must come before it.
2 migrations: 5 errors.
[exit code 1]
$ rm migrations/[b-e].yaml; nsmig check
migrations/f.yaml:4: error[not-applicable]: Set type of property id on node type A to INTEGER: property 'id' is part of the key of node type 'A', so it may not be null
  Edit or remove the operation, or add the one that must come before it.
2 migrations: 1 error.
[exit code 1]
$ sed -i 's/property_name: id/property_name: p/; s/size(value)/size(value) + rand()/' migrations/f.yaml; nsmig check
migrations/f.yaml:4: error[refused]: Set type of property p on node type A to INTEGER: ladybug: the expression of 'using' is refused: rand() is not a function known to give the same result for the same value
  Choose something that the database supports; no data can make this operation possible.
migrations/f.yaml:4: error[refused]: Set type of property p on node type A to INTEGER: neo4j: the expression of 'using' is refused: rand() is not a function known to give the same result for the same value
  Choose something that the database supports; no data can make this operation possible.
2 migrations: 2 errors.
[exit code 1]
$ sed -i 's/using: size(value) + rand()/using: {ladybug: size(value)}/' migrations/f.yaml; nsmig check
migrations/f.yaml:4: error[refused]: Set type of property p on node type A to INTEGER: neo4j: 'using' has no expression for neo4j; add one
  Choose something that the database supports; no data can make this operation possible.
2 migrations: 1 error.
[exit code 1]
$ sed -i 's/using: {ladybug: size(value)}/using: size(value)/' migrations/f.yaml; nsmig check
2 migrations: nothing found.
