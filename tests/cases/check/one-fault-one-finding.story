One missing file is one finding, without its consequences. A schema file that is not YAML is found all the same.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes: [
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: p}}
- {operation: AddNodeProperty, arguments: {node_type: B, property_name: p}}
- {operation: DropNodeProperty, arguments: {node_type: C, property_name: p}}
-- migrations/aa.yaml --
name: aa
dependencies: [b]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: q}}
-- migrations/x.yaml --
name: x
dependencies: []
operations:
- {operation: DropNodeProperty, arguments: {node_type: X, property_name: p}}
-- commands --
$ nsmig check
migrations/b.yaml:2: error[missing-dependency]: 'b' depends on 'a', which no file defines
  Restore its file from version control or, if it was renamed, write its new name. Remove the dependency only if nothing here builds on it.
migrations/x.yaml:4: error[not-applicable]: Drop property p from node type X: node type 'X' does not exist at this point of the history
  Edit or remove the operation, or add the one that must come before it.
schema.yaml:1: error[schema-unknown]: is not YAML: unclosed bracket '['
  Fix it; until then nsmig cannot tell whether a migration is missing.
3 migrations: 3 errors.
[exit code 1]
