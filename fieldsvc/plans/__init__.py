"""Plans (帮扶安排): which item of the catalogue somebody gets, from whom, paid by whom, and each time it was given."""
