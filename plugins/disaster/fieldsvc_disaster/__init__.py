"""受灾人员救助 department plugin."""
