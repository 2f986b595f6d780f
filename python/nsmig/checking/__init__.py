"""Everything wrong in a folder of migrations at once, without a database."""
