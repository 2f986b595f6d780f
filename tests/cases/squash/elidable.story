A query that a database without rows does not need is left out; on a database with rows, the replaced migrations run.
-- nsmig.yaml --
targets:
  old: {database: ladybug, path: old.lbug}
  new: {database: ladybug, path: new.lbug}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: RenameNodeProperty, arguments: {node_type: A, old_property_name: p, new_property_name: q}}
- {operation: RunQuery, arguments: {query: "MATCH (n:A) SET n.q = 'fixed'", elidable: true}}
-- migrations/c.yaml --
name: c
dependencies: [b]
operations:
- {operation: RenameNodeProperty, arguments: {node_type: A, old_property_name: q, new_property_name: r}}
- {operation: RunQuery, arguments: {query: "MATCH (n:A) WHERE n.r IS NULL SET n.r = 'none'"}}
- {operation: RenameNodeProperty, arguments: {node_type: A, old_property_name: r, new_property_name: s}}
-- rows/aa.yaml --
name: aa
dependencies: [a]
operations:
- {operation: RunQuery, arguments: {query: "CREATE (:A {id: '1', p: 'x'})"}}
-- commands --
$ nsmig run -t old --to a
Executing migrations on target old...
  a: 1 operation in <duration>
Target old: 1 migration applied in <duration>.
$ mv rows/aa.yaml migrations/aa.yaml
$ nsmig run -t old --to aa
Executing migrations on target old...
  aa: 1 operation in <duration>
Target old: 1 migration applied in <duration>.
$ rm migrations/aa.yaml
$ nsmig squash --from b --to c --dry-run --keep-queries
Would generate squashed migration squash_from_b_to_c.
It replaces 2 migrations; it saves none of 5 operations.
Kept (wall): Run a query: MATCH (n:A) SET n.q = 'fixed'; 1 operation more because of it
Kept (wall): Run a query: MATCH (n:A) WHERE n.r IS NULL SET n.r = 'none'; 0 operations more because of it
A query that a database without rows does not need may be declared 'elidable: true'.
Operations on other types can cross a query that says which types it touches: 'touches: {nodes: [...], relationships: [...]}'.
docs/squash.md explains each of these; --verbose lists the operations.
dependencies:
- a
name: squash_from_b_to_c
operations:
- arguments:
    new_property_name: q
    node_type: A
    old_property_name: p
  operation: RenameNodeProperty
- arguments:
    elidable: true
    query: MATCH (n:A) SET n.q = 'fixed'
  operation: RunQuery
- arguments:
    new_property_name: r
    node_type: A
    old_property_name: q
  operation: RenameNodeProperty
- arguments:
    query: MATCH (n:A) WHERE n.r IS NULL SET n.r = 'none'
  operation: RunQuery
- arguments:
    new_property_name: s
    node_type: A
    old_property_name: r
  operation: RenameNodeProperty
replaces:
- b
- c
$ nsmig squash --from b --to c --name short
Generated squashed migration short.
It replaces 2 migrations; 5 operations became 4.
Left out (elidable): Run a query: MATCH (n:A) SET n.q = 'fixed'
Kept (wall): Run a query: MATCH (n:A) WHERE n.r IS NULL SET n.r = 'none'; 1 operation more because of it
A query that a database without rows does not need may be declared 'elidable: true'.
Operations on other types can cross a query that says which types it touches: 'touches: {nodes: [...], relationships: [...]}'.
docs/squash.md explains each of these; --verbose lists the operations.
Migration written to migrations/short.yaml
Databases with rows run the migrations it replaces: keep those files while any such database may lack them.
$ cat migrations/short.yaml
dependencies:
- a
name: short
operations:
- arguments:
    queries:
    - MATCH (n:A) SET n.q = 'fixed'
  operation: QueriesLeftOut
- arguments:
    new_property_name: r
    node_type: A
    old_property_name: p
  operation: RenameNodeProperty
- arguments:
    query: MATCH (n:A) WHERE n.r IS NULL SET n.r = 'none'
  operation: RunQuery
- arguments:
    new_property_name: s
    node_type: A
    old_property_name: r
  operation: RenameNodeProperty
replaces:
- b
- c
$ nsmig run -t new
Executing migrations on target new...
  a: 1 operation in <duration>
  short: 4 operations in <duration>
Target new: 2 migrations applied in <duration>.
$ nsmig show
Migration            old
-------------------  ---
a                    +
b                    -
c                    -
short (squash of 2)  =
aa                   ?
+ applied, - pending, = covered by a squash or by its members, ? unknown (no file)
in words, with times: --all, or one --target
have all: new
$ mv migrations/b.yaml b.yaml
$ nsmig run -t old
Executing migrations on target old...
error: target 'old': migrations/short.yaml: squash 'short' left queries out, so it runs only on a target without rows, and not with --fast-forward; here 'b' must run in its place, but it is in no file; restore that file
[exit code 1]
$ nsmig show -t old
Migration            old
-------------------  -----------------------------------------------
a                    applied <date>
c                    pending
short (squash of 2)  covered by what it replaces
aa                   applied <date>, unknown (no file)
b                    missing (no file)
$ mv b.yaml migrations/b.yaml
$ nsmig run -t old
Executing migrations on target old...
  note: recorded as applied, but in no file: aa; is this checkout behind the database?
  b: 2 operations in <duration>
  c: 3 operations in <duration>
  short: recorded
Target old: 2 migrations applied in <duration>.
$ nsmig run -t old
Executing migrations on target old...
  note: recorded as applied, but in no file: aa; is this checkout behind the database?
Target old: nothing to do.
