Anything that the project's own targets can never accept is reported before a file is written.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- {name: A, properties: {id: {is_key: true}}}
-- migrations/a.yaml --
name: a
dependencies: []
operations:
- {operation: CreateNodeType, arguments: {name: A, keys: [id], properties: []}}
-- commands --
$ echo '- {name: a, properties: {id: {is_key: true}}}' >> schema.yaml && nsmig make
error: Create node type a: ladybug: 'a' and the node type 'A' would be one table in LadybugDB, which ignores letter case and has one namespace for node and relationship types; choose another name. Nothing was written; change the schema, or the targets
[exit code 1]
$ sed -i 's/name: a,/name: x.y,/' schema.yaml && nsmig make
error: Create node type x.y: ladybug: LadybugDB cannot use a type named 'x.y': it reads a dot as database.table. Nothing was written; change the schema, or the targets
[exit code 1]
$ sed -i 's/name: x.y,/name: B,/; s/}}}$/}, ID: }}/' schema.yaml && nsmig make
error: Create node type B: ladybug: the properties 'id' and 'ID' would be one column in LadybugDB, which ignores letter case; choose another name. Nothing was written; change the schema, or the targets
[exit code 1]
$ sed -i 's/, ID: /, _id: /' schema.yaml && nsmig make
error: Create node type B: ladybug: the property name '_id' is reserved by LadybugDB or nsmig; choose another name. Nothing was written; change the schema, or the targets
[exit code 1]
$ sed -i 's/, _id: /, "": /' schema.yaml && nsmig make
error: Create node type B: ladybug: LadybugDB cannot name a property '': a name must not be empty or contain NUL. Nothing was written; change the schema, or the targets
[exit code 1]
$ ls migrations
a.yaml
$ sed -i 's/, "": /, number: /' schema.yaml
$ nsmig make -m x
Generated migration <time>_x.
The migration contains 2 schema changes.
  - Create node type B
  - Add property number to node type A
Migration written to migrations/<time>_x.yaml
Run `nsmig run` to apply the migration.
