Restore the file, and put the change into a new migration.
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
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: []}}
-- commands --
$ nsmig run 2>&1 | tail -n 1; nsmig make -m p | tail -n 1; cp migrations/a.yaml a.orig
Target local: 1 migration applied in <duration>.
Run `nsmig run` to apply the migration.
$ sed -i 's/\[\]}}/[q]}}/' migrations/a.yaml
$ nsmig check -t local --ignore out-of-date
migrations/a.yaml: warning[edited]: target local: 'a' was applied on <date> with other operations than its file has now
  Restore the file as it was when it was applied, and put the change into a new migration.
2 migrations: 1 warning (1 ignored).
[exit code 3]
$ cp a.orig migrations/a.yaml
$ nsmig run 2>&1 | tail -n 1
Target local: 1 migration applied in <duration>.
$ nsmig check -t local
2 migrations: nothing found.
