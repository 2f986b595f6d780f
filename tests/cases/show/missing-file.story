A squash was applied in part, and a file of the rest is missing.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- name: A
  properties: {id: {is_key: true}, p: , x: , y: , z: }
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: x}}
-- migrations/c.yaml --
name: c
dependencies: [b]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: y}}
-- migrations/d.yaml --
name: d
dependencies: [c]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: z}}
-- commands --
$ nsmig run --to b
Executing migrations on target local...
  a: 1 operation in <duration>
  b: 1 operation in <duration>
Target local: 2 migrations applied in <duration>.
$ nsmig squash --from b --to c --name s
Generated squashed migration s.
It replaces 2 migrations; it saves none of 2 operations.
Migration written to migrations/s.yaml
Keep the files it replaces until every database has run them or the squash.
$ rm migrations/c.yaml
$ nsmig run
Executing migrations on target local...
error: target 'local': migrations/s.yaml: some of the migrations that squash 's' replaces are applied and some are not, so 'c' must run, but it is in no file; restore that file
[exit code 1]
$ nsmig show --check
Migration        local
---------------  ----------------------------
a                applied <date>
b                applied <date>
s (squash of 2)  covered by what it replaces
d                pending
c                missing (no file)
[exit code 3]
$ nsmig show --json | grep -A 4 missing
          "state": "missing",
          "squash": "s"
        }
      }
    }
$ nsmig check --target local --ignore out-of-date
error[missing]: target local: some of the migrations that squash 's' replaces are applied and some are not, so 'c' must run, but it is in no file
  Restore that file; until then no run can work on this target.
migrations/b.yaml: warning[members-gone]: squash 's' replaces, among others, 'b' (in a file) and 'c' (in no file)
  Restore the missing files or, if every database has all or none of these migrations, delete these files as well. A new migration needs another name: under a name that a squash replaces it never runs.
4 migrations: 1 error, 1 warning.
[exit code 1]
