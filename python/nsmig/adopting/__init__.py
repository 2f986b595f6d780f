"""Taking a database under migration that is there already."""
