"""Deadlines (办理时限): which step is awaited by when, where its length comes from, and what went up to the county overdue."""
