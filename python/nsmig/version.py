"""The version of this build. It is recorded with each migration that it applies."""

__version__ = "0.1.0"
