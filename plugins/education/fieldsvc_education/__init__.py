"""教育救助 department plugin."""
