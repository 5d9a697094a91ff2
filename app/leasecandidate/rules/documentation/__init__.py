"""The rules in words, for people and programs: made from the registry, so never out of date."""

from app.leasecandidate.rules.documentation.entry import Entry, entry
from app.leasecandidate.rules.documentation.page import page
from app.leasecandidate.rules.documentation.text import in_full, table

__all__ = ["Entry", "entry", "in_full", "page", "table"]
