"""住房救助 department plugin."""
