"""Visits (入户走访): what the phone sent, its revisions, and what waits in quarantine (隔离) or is held (待补)."""
