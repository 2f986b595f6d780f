The advice in errors about files: create the folder, move an obstacle away, restore a begun migration's file, undo with
a migration.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
schema: null
migrations: steps
-- a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: [p]}}
-- b.yaml --
name: b
dependencies: [a]
operations:
- {operation: AddNodeProperty, arguments: {node_type: A, property_name: q, default: x}}
- {operation: RunQuery, arguments: {query: "CREATE (:A {id: $id})", parameters: {id: '1'}}}
-- c.yaml --
name: c
dependencies: [b]
operations:
- {operation: DropNodeProperty, arguments: {node_type: A, property_name: q}}
-- commands --
$ nsmig run
error: steps: there is no such migrations folder; fix `migrations` in nsmig.yaml, or, if the history begins now, make the folder: mkdir steps
[exit code 1]
$ mkdir steps && cp a.yaml steps && nsmig run 2>&1 | tail -n 1
Target local: 1 migration applied in <duration>.
$ cp b.yaml steps && printf 'name: z\ndependencies: [b]\noperations: []\n' > steps/ab.yaml
$ nsmig squash --from a --to b --name ab
error: steps/ab.yaml: already exists and is not overwritten; move it away or choose another name
[exit code 1]
$ mv steps/ab.yaml steps/z.yaml && nsmig squash --from a --to b --name ab | head -n 1 && rm steps/ab.yaml steps/z.yaml
Generated squashed migration ab.
$ python -c "import ladybug; ladybug.Connection(ladybug.Database('graph.lbug')).execute('CREATE (:A {id: \'1\'})')"
$ nsmig run >/dev/null 2>&1
[exit code 1]
$ mv steps/b.yaml kept
$ nsmig run
Executing migrations on target local...
error: target 'local': migration 'b' was begun and not finished, but it is in no file; restore its file
[exit code 1]
$ mv kept steps/b.yaml
$ python -c "import ladybug; ladybug.Connection(ladybug.Database('graph.lbug')).execute('MATCH (a:A) DELETE a')"
$ nsmig run 2>&1 | tail -n 1
Target local: 1 migration applied in <duration>.
$ nsmig run --to a
Executing migrations on target local...
error: target 'local': the database is already past 'a': it also has 'b', and `nsmig run` undoes nothing. `nsmig make --revert` writes a migration that does; deleted data comes back only from an archive (`nsmig restore`) or a backup
[exit code 1]
$ cp c.yaml steps && nsmig run 2>&1 | tail -n 1
Target local: 1 migration applied in <duration>.
$ nsmig check -t local
3 migrations: nothing found.
