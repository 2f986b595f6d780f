"""Finds everything wrong in a migrations folder at once, without a database."""
