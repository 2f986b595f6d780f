"""A history as one page for a browser: its schema, its branches, what any two points differ in."""

from nsmig.page.assembled import MARK, page
from nsmig.page.seen import Seen, seen, utc_now

__all__ = ["MARK", "Seen", "page", "seen", "utc_now"]
