3 for findings that need attention, 1 for errors; with --strict, 1 for warnings and 0 for notices.
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
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: p}}
-- commands --
$ nsmig check
migrations/b.yaml:4: warning[property-exists]: Add property p to node type A: the property already exists
  If no database has the migration yet, remove the operation. Otherwise ignore this code in this file: it is harmless.
2 migrations: 1 warning.
[exit code 3]
$ nsmig check --strict
migrations/b.yaml:4: warning[property-exists]: Add property p to node type A: the property already exists
  If no database has the migration yet, remove the operation. Otherwise ignore this code in this file: it is harmless.
2 migrations: 1 warning.
[exit code 1]
$ sed -i 's/AddNode/DropNode/; s/: p}/: x}/' migrations/b.yaml
$ nsmig check
migrations/b.yaml:4: error[not-applicable]: Drop property x from node type A: node type 'A' has no property 'x' at this point of the history
  Edit or remove the operation, or add the one that must come before it.
2 migrations: 1 error.
[exit code 1]
$ printf 'name: b\ndependencies: [a]\noperations: []\n' > migrations/b.yaml
$ sed 's/b/c/' migrations/b.yaml > migrations/c.yaml
$ nsmig check
migrations/b.yaml: notice[several-leaves]: 2 migrations are the ends of branches: b, c
  The next `nsmig make` joins them.
3 migrations: 1 notice.
$ nsmig check --strict
migrations/b.yaml: notice[several-leaves]: 2 migrations are the ends of branches: b, c
  The next `nsmig make` joins them.
3 migrations: 1 notice.
$ nsmig check --github --json
{"error": {"kind": "UsageError", "message": "--github and --json exclude each other"}}
Usage: nsmig check [OPTIONS]
Try 'nsmig check --help' for help.

Error: --github and --json exclude each other
[exit code 2]
