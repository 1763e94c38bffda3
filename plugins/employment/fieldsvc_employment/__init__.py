"""就业救助 department plugin."""
