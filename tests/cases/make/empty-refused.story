Migrations before which nothing can be inserted, and flags that exclude each other. Nothing is written.
-- nsmig.yaml --
targets:
  local: {database: ladybug, path: graph.lbug}
  other: {database: ladybug, path: other.lbug}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations: []
-- migrations/c.yaml --
{name: c, dependencies: [b], operations: []}
-- commands --
$ nsmig run -t local
Executing migrations on target local...
  a: 1 operation in <duration>
  b: 0 operations in <duration>
  c: 0 operations in <duration>
Target local: 3 migrations applied in <duration>.
$ nsmig make --empty --before a
error: migrations/a.yaml: 'a' depends on nothing, so it begins the history and nothing can come before it; choose a later one, or write a migration of your own after it
[exit code 1]
$ nsmig make --empty --before nothing
error: no migration is named 'nothing'; `nsmig show` lists them
[exit code 1]
$ nsmig make --empty --before b
error: target 'local' has 'b' already. Nothing was written. There the new migration would run after 'b'; if that is right, give --applied-on local
[exit code 1]
$ nsmig make --empty --before b --applied-on locl
error: target 'locl': nsmig.yaml has no such target; did you mean 'local'?
[exit code 1]
$ nsmig make --empty --before c --applied-on local
error: migrations/c.yaml: its dependencies are not on lines of their own, so they cannot be changed for certain; make the migration without --before, and let 'c' depend on it by hand
[exit code 1]
$ nsmig make --empty --query 'RETURN 1' --query-file x
Usage: nsmig make [OPTIONS]
Try 'nsmig make --help' for help.

Error: give the query by --query or by --query-file, not by both
[exit code 2]
$ nsmig make --empty --query-file x
Usage: nsmig make [OPTIONS]
Try 'nsmig make --help' for help.

Error: --query-file x: No such file or directory
[exit code 2]
$ nsmig make --empty --query ' '
Usage: nsmig make [OPTIONS]
Try 'nsmig make --help' for help.

Error: the query is empty
[exit code 2]
$ nsmig make --empty --elidable
Usage: nsmig make [OPTIONS]
Try 'nsmig make --help' for help.

Error: --elidable goes with --query or --query-file
[exit code 2]
$ nsmig make --empty --applied-on local
Usage: nsmig make [OPTIONS]
Try 'nsmig make --help' for help.

Error: --applied-on goes with --before
[exit code 2]
$ nsmig make --query 'RETURN 1'
Usage: nsmig make [OPTIONS]
Try 'nsmig make --help' for help.

Error: --query, --query-file, --elidable, --before and --applied-on go with --empty
[exit code 2]
$ nsmig make --empty --check
Usage: nsmig make [OPTIONS]
Try 'nsmig make --help' for help.

Error: --empty does not look at the schema, so it takes no flags about it
[exit code 2]
$ nsmig squash --from a --to b --name s
Generated squashed migration s.
It replaces 2 migrations; it saves none of 1 operation.
Migration written to migrations/s.yaml
Keep the files it replaces until every database has run them or the squash.
$ nsmig make --empty --before b --applied-on local
error: migrations/b.yaml: the squash 's' replaces 'b', and would not contain the new migration; choose one after 's', or remove the squash if no database has applied it
[exit code 1]
$ nsmig make --empty --before s --applied-on local
error: migrations/s.yaml: 's' depends on nothing, so it begins the history and nothing can come before it; choose a later one, or write a migration of your own after it
[exit code 1]
$ rm migrations/s.yaml
$ ls migrations
a.yaml
b.yaml
c.yaml
$ nsmig make --empty -m late --before b --applied-on local
Generated migration <time>_late.
migrations/b.yaml depends on it.
Migration written to migrations/<time>_late.yaml
Add its operations, then run `nsmig run`.
$ nsmig run -t local
Executing migrations on target local...
  <time>_late: 0 operations in <duration>
Target local: 1 migration applied in <duration>.
