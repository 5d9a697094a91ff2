"""The rules in words, for people and programs: made from the registry, so never out of date."""

from app.rulebook.entry import Entry, entry
from app.rulebook.page import page
from app.rulebook.text import in_full, table

__all__ = ["Entry", "entry", "in_full", "page", "table"]
