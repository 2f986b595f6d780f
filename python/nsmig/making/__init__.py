"""Folded schema and project schema → the next migration."""
