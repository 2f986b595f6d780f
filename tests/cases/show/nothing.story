No migrations yet.
-- nsmig.yaml --
targets: {local: {database: ladybug, path: graph.lbug}}
-- commands --
$ nsmig show
There are no migrations. Write the first with: nsmig make
$ nsmig show --json
{
  "migrations": []
}
