"""A project: its file, its targets, and its wanted schema."""
