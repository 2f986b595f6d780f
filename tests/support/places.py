"""Places in the repository that tests use."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
CASES = TESTS / "cases"
NODESTREAM_MADE = CASES / "nodestream-made"  # written by nodestream itself
