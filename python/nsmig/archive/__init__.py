"""An archive: what a run deleted, in files of a folder."""
