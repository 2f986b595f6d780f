"""YAML in and out: files read as nodes with places, values written as nodestream writes them, files put on disk."""

from nsmig.yaml_file.disk import write_new as write_new
from nsmig.yaml_file.migration_file import migration_path as migration_path
from nsmig.yaml_file.migration_file import migration_text as migration_text
from nsmig.yaml_file.schema_file import nodestream_schema_text as nodestream_schema_text
from nsmig.yaml_file.schema_file import schema_text as schema_text
