Its members may have no files, and a query may come before it: the folder is checked all the same.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
schema: null
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
- {operation: RunQuery, arguments: {query: "MATCH (n:A) SET n.p = 'x'"}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: RunQuery, arguments: {query: "MATCH (n:A) SET n.p = 'y'", elidable: true}}
-- migrations/c.yaml --
name: c
dependencies: [b]
operations:
- {operation: RenameNodeProperty, arguments: {node_type: A, old_property_name: p, new_property_name: q}}
-- commands --
$ nsmig squash --from b --name s
Generated squashed migration s.
It replaces 2 migrations; it saves none of 2 operations.
Left out (elidable): Run a query: MATCH (n:A) SET n.p = 'y'
Migration written to migrations/s.yaml
Databases with rows run the migrations it replaces: keep those files while any such database may lack them.
$ rm migrations/b.yaml
$ nsmig check
migrations/c.yaml: warning[members-gone]: squash 's' replaces, among others, 'c' (in a file) and 'b' (in no file); queries were left out of it, so a database with rows that lacks some of these needs their files
  Restore the missing files or, if every database has all or none of these migrations, delete these files as well. A new migration needs another name: under a name that a squash replaces it never runs.
3 migrations: 1 warning.
[exit code 3]
$ rm migrations/c.yaml
$ nsmig check
2 migrations: nothing found.
$ nsmig schema
nodes:
- name: A
  properties:
    id: {is_key: true}
    q: STRING
relationships: []
$ nsmig run
Executing migrations on target local...
  a: 2 operations in <duration>
  s: 2 operations in <duration>
Target local: 2 migrations applied in <duration>.
