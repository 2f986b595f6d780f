"""A project: its file, its targets, and what its schema should be."""
