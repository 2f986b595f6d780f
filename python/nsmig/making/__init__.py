"""From the folded schema and the project schema to the next migration."""
