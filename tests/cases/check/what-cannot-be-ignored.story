Errors cannot be ignored, and a code must exist.
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
-- commands --
$ nsmig check --ignore cycle
Usage: nsmig check [OPTIONS]
Try 'nsmig check --help' for help.

Error: Invalid value for '--ignore': 'cycle' is an error and cannot be ignored
[exit code 2]
$ nsmig check --ignore property-exist
Usage: nsmig check [OPTIONS]
Try 'nsmig check --help' for help.

Error: Invalid value for '--ignore': 'property-exist' is not a code; did you mean 'property-exists'?
[exit code 2]
$ echo 'check: {ignore: [cycles]}' > nsmig.yaml
$ nsmig check
error: nsmig.yaml:1:18: a code to ignore cannot be 'cycles'; known are adjacency-exists, destructive, drift, edited, half-done, index-exists, index-missing, key-by-rename, key-dropped, key-exists, left-out, members-gone, not-in-nodestream, not-read, order-matters, out-of-date, property-exists, property-missing, property-overwritten, same-name, several-leaves, squash-differs, type-missing, type-overwritten, type-replaced, unknown
[exit code 1]
$ echo '{}' > nsmig.yaml
$ printf '# nsmig: ignore not-applicable\nname: b\ndependencies: [a]\noperations:\n- {operation: DropNodeType, arguments: {name: Z}}\n' > migrations/b.yaml
$ nsmig check
migrations/b.yaml:5: error[not-applicable]: Drop node type Z: node type 'Z' does not exist at this point of the history
  Edit or remove the operation, or add the one that must come before it.
2 migrations: 1 error.
[exit code 1]
