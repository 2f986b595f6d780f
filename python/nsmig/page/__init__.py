"""A history as one page for a browser: its schema, its branches, and the differences between any two points."""

from nsmig.page.assembled import MARK, page
from nsmig.page.seen import Seen, seen, utc_now

__all__ = ["MARK", "Seen", "page", "seen", "utc_now"]
