Values that an expression replaced come back where the result of the conversion is unchanged; values written since stay,
and are shown by a query.
-- nsmig.yaml --
targets: {db: {database: ladybug, path: graph.lbug, archive: replaced}}
-- schema.yaml --
nodes:
- name: Person
  properties: {name: {is_key: true}, level: INTEGER}
-- mine.sh --
printf 'name: z\ndependencies: [%s]\nreplaces: []\noperations:\n- operation: RunQuery\n  arguments: {query: %s}\n' \
  "$(ls migrations | sed -n 's/.yaml$//;1p')" "\"MATCH (n:Person {name: 'Bob'}) SET n.level = 'mine'\"" > migrations/z.yaml
-- migrations/a.yaml --
name: a
dependencies: []
replaces: []
operations:
- operation: CreateNodeType
  arguments: {name: Person, keys: [name], properties: [level]}
- operation: RunQuery
  arguments: {query: "CREATE (:Person {name: 'Ada', level: 'high'}), (:Person {name: 'Bob', level: 'low'})"}
-- migrations/b.yaml --
name: b
dependencies: [a]
replaces: []
operations:
- operation: SetNodePropertyType
  arguments:
    node_type: Person
    property_name: level
    type: INTEGER
    using: CASE value WHEN 'high' THEN 9 WHEN 'low' THEN 1 END
-- commands --
$ nsmig run
Executing migrations on target db...
  note: what queries delete or replace is not archived (a: 1 query)
  a: 2 operations in <duration>
  b: 1 operation in <duration>
Target db: 2 migrations applied in <duration>.
$ gzip -dc replaced/0001.jsonl.gz
{"row":"node","id":"1:0","labels":["Person"],"values":{"name":"Ada"},"gone":{"labels":[],"values":{"level":"high"}},"became":{"level":9}}
{"row":"node","id":"1:1","labels":["Person"],"values":{"name":"Bob"},"gone":{"labels":[],"values":{"level":"low"}},"became":{"level":1}}
$ nsmig restore replaced
Restoring replaced into target db...
error: replaced: what it holds has no place in this database: Person.level as STRING; make it again (`nsmig make --revert` of the migration that dropped or changed it, then `nsmig run`), and restore. Nothing was changed
[exit code 1]
$ nsmig make --revert b --accept-loss --update-schema -m back | tail -n 1
warning: the values of Person.level from before an expression made them INTEGER are gone
schema.yaml was changed as well.
Run `nsmig run` to apply the migration.
$ sh mine.sh
$ nsmig run 2> /dev/null
$ nsmig restore replaced
Restoring replaced into target db...
  <time>_back: Set type of property level on node type Person to STRING (node values: 2)
  b: Set type of property level on node type Person to INTEGER (node values: 2)
Target db: 0 nodes, 0 relationships, 1 value of existing rows came back.
Person.level: 1 node has another value now, which stays. To see them: MATCH (n:`Person`) WHERE n.`name` IN [cast('Bob', 'STRING')] RETURN n
$ nsmig restore replaced | tail -n 1
Target db: 0 nodes, 0 relationships, 0 values of existing rows came back.
