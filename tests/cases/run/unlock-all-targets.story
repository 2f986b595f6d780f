A target that cannot be reached does not hide the others.
-- nsmig.yaml --
targets: {a: {database: ladybug, path: no/such/folder.lbug}, b: {database: ladybug, path: b.lbug}}
-- commands --
$ nsmig unlock
Usage: nsmig unlock [OPTIONS]
Try 'nsmig unlock --help' for help.

Error: which target? Give --target with one of a, b, or --all-targets
[exit code 2]
$ nsmig unlock --all-targets
error: target 'a': no/such/folder.lbug: the folder 'no/such' does not exist; create it
Target b is not locked.
[exit code 1]
