"""医疗救助 department plugin."""
