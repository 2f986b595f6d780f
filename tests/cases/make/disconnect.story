Two types are disconnected only by an answer, and an undeclared end is an error.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- schema.yaml --
nodes:
- {name: Cat, properties: {id: {is_key: true}}}
- {name: Gate, properties: {id: {is_key: true}}}
relationships:
- {name: USES, from: Cat, to: Gate}
-- commands --
$ nsmig make -m first
note: there is no folder migrations yet; this migration is its first
Generated migration <time>_first.
The migration contains 4 schema changes.
  - Create node type Cat
  - Create node type Gate
  - Create relationship type USES
  - Connect Cat to Gate by USES
Migration written to migrations/<time>_first.yaml
Run `nsmig run` to apply the migration.
$ sed -i 's/to: Gate/to: Gaet/' schema.yaml
$ nsmig make
error: relationship type USES connects Cat to Gaet, but the schema has no node type 'Gaet'; did you mean 'Gate' or 'Cat'?
[exit code 1]
$ nsmig make --check
error: relationship type USES connects Cat to Gaet, but the schema has no node type 'Gaet'; did you mean 'Gate' or 'Cat'?
[exit code 1]
$ nsmig check
schema.yaml: error[type-undeclared]: relationship type USES connects Cat to Gaet, but the schema has no node type 'Gaet'; did you mean 'Gate' or 'Cat'?
  Declare that type in the schema file, or correct its name there.
1 migration: 1 error.
[exit code 1]
$ sed -i 's/, from: Cat, to: Gaet//' schema.yaml
$ nsmig make -m second
error: the schema no longer has these; for each, say with a flag or in hints.yaml whether it was renamed or dropped:
  adjacency Cat-[USES]->Gate: --drop 'Cat-[USES]->Gate'
[exit code 1]
$ nsmig make -m second --drop 'Cat-[USES]->Gaet'
error: cannot drop 'Cat-[USES]->Gaet': it is still in the schema, or never was; did you mean 'Cat-[USES]->Gate'?
[exit code 1]
$ nsmig make -m second --drop 'Cat-[USES]->Gate' --dry-run
Would generate migration <time>_second.
The migration contains 1 schema change.
  - Disconnect Cat from Gate by USES
dependencies:
- <time>_first
name: <time>_second
operations:
- arguments:
    from_node_type: Cat
    relationship_type: USES
    to_node_type: Gate
  operation: DropAdjacency
replaces: []
$ nsmig make -m second --drop 'adjacency Cat-[USES]->Gate' --dry-run | head -n 1
Would generate migration <time>_second.
$ echo "drop: ['Cat-[USES]->Gate']" > hints.yaml
$ nsmig make -m second
Generated migration <time>_second.
The migration contains 1 schema change.
  - Disconnect Cat from Gate by USES
Migration written to migrations/<time>_second.yaml
Run `nsmig run` to apply the migration.
$ sed -i 's/Gate/Door/' schema.yaml
$ nsmig make -m third --rename-type Gate=Door
Generated migration <time>_third.
The migration contains 1 schema change.
  - Rename node type Gate to Door
Migration written to migrations/<time>_third.yaml
Run `nsmig run` to apply the migration.
