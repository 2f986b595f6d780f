Edit the migration if no database has it yet; otherwise fix it in a new one, and ignore the code in this file.
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
- {operation: CreateNodeType, arguments: {name: B, keys: [id], properties: []}}
-- migrations/b.yaml --
name: b
dependencies: [a]
operations:
- {operation: RenameNodeType, arguments: {old_type: B, new_type: A}}
-- commands --
$ nsmig check
migrations/b.yaml:4: error[refused]: Rename node type B to A: node type 'A' exists; drop or rename it first
  Choose something that the database supports; no data can make this operation possible.
warning[out-of-date]: the schema has 1 change that no migration makes: Add property p to node type A
  Write the migration with: nsmig make
migrations/b.yaml:4: warning[type-overwritten]: Rename node type B to A: another type has the new name, and its definition is lost
  If no database has the migration yet, edit it. Otherwise correct it in a new one, and ignore this code in this file.
2 migrations: 1 error, 2 warnings.
[exit code 1]
$ cp migrations/b.yaml b.orig
$ sed -i 's/RenameNodeType.*/DropNodeType, arguments: {name: B}}/' migrations/b.yaml
$ nsmig check
2 migrations: nothing found.
$ cp b.orig migrations/b.yaml
$ echo '# nsmig: ignore refused' >> migrations/b.yaml
$ nsmig make -m fix 2>/dev/null | head -n 3
Generated migration <time>_fix.
The migration contains 1 schema change.
  - Add property p to node type A
$ echo '# nsmig: ignore type-overwritten' >> migrations/b.yaml
$ nsmig check
3 migrations: nothing found (2 ignored).
