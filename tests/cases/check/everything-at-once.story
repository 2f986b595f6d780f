Files that are broken in every possible way: each is reported with its place, regardless of the others. s and t replace
their members; the members of t are reported, since t was left out.
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
-- migrations/bad.yaml --
name: bad
operations: 5
dependencies: []
-- migrations/worse.yaml --
name: [
-- migrations/b.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- migrations/c.yaml --
name: c
dependencies: [a, nowhere, bad]
operations: []
-- migrations/d.yaml --
name: d
dependencies: [e]
operations: []
-- migrations/e.yaml --
name: e
dependencies: [d]
operations: []
-- migrations/f.yaml --
name: f
dependencies: [a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: p}}
- {operation: DropNodeProperty, arguments: {node_type: A, property_name: q}}
- {operation: DropNodeType, arguments: {name: B}}
-- migrations/g.yaml --
name: g
dependencies: [f]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: p}}
- {operation: DropNodeProperty, arguments: {node_type: A, property_name: r}}
-- migrations/s.yaml --
name: s
dependencies: []
replaces: [c, f]
operations: []
-- migrations/t.yaml --
name: t
dependencies: []
replaces: [f, g]
operations: []
-- commands --
$ nsmig check
migrations/b.yaml:1: error[duplicate-name]: the name 'a' is taken by migrations/a.yaml
  Rename the one that no database has applied, or remove it.
migrations/bad.yaml:2: error[unreadable]: operations must be a list of operations, not the number 5
  Fix the file.
migrations/c.yaml:2: error[missing-dependency]: 'c' depends on 'nowhere', which no file defines
  Restore its file from version control or, if it was renamed, write its new name. Remove the dependency only if nothing here builds on it.
migrations/e.yaml: error[cycle]: d -> e -> d
  Remove one of these dependencies.
migrations/g.yaml:5: error[not-applicable]: Drop property r from node type A: node type 'A' has no property 'r' at this point of the history
  Edit or remove the operation, or add the one that must come before it.
migrations/t.yaml: error[overlap]: the squashes 's' and 't' both replace f, but neither replaces everything that the other does
  Remove the squash that no database has applied.
migrations/worse.yaml:1: error[unreadable]: unclosed bracket '['
  Fix the file.
migrations/g.yaml:4: warning[order-matters]: neither of 'a' and 'g' depends on the other, and 'Create node type A' and 'Add property p to node type A' do not commute
  Decide which comes first, and add its name to the other's dependencies.
migrations/g.yaml:4: warning[property-exists]: Add property p to node type A: the property already exists
  If no database has the migration yet, remove the operation. Otherwise ignore this code in this file: it is harmless.
8 migrations: 7 errors, 2 warnings.
[exit code 1]
