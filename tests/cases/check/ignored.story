Findings are ignored by an option, by a file's own comment, by the project.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, p: , q: {is_indexed: true}}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: p}}
- {operation: AddAdditionalNodePropertyIndex, arguments: {node_type: A, field_name: q}}
-- commands --
$ nsmig check
migrations/b.yaml:4: warning[property-exists]: Add property p to node type A: the property already exists
  If no database has the migration yet, remove the operation. Otherwise ignore this code in this file: it is harmless.
migrations/b.yaml:5: warning[property-missing]: Add additional index for node type A on field q: the property does not exist; it is created silently
  If no database has the migration yet, edit it. Otherwise correct it in a new one, and ignore this code in this file.
2 migrations: 2 warnings.
[exit code 3]
$ nsmig check --ignore property-exists
migrations/b.yaml:5: warning[property-missing]: Add additional index for node type A on field q: the property does not exist; it is created silently
  If no database has the migration yet, edit it. Otherwise correct it in a new one, and ignore this code in this file.
2 migrations: 1 warning (1 ignored).
[exit code 3]
$ sed -i '1i # nsmig: ignore property-missing' migrations/b.yaml
$ nsmig check
migrations/b.yaml:5: warning[property-exists]: Add property p to node type A: the property already exists
  If no database has the migration yet, remove the operation. Otherwise ignore this code in this file: it is harmless.
2 migrations: 1 warning (1 ignored).
[exit code 3]
$ echo 'check: {ignore: [property-exists]}' >> nsmig.yaml
$ nsmig check
2 migrations: nothing found (2 ignored).
