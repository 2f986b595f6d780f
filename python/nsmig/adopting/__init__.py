"""Putting an existing database under migration."""
