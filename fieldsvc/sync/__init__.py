"""DOOR 1, phones: pull the caseload, push what was done offline. WatermelonDB's wire shape."""
