"""The aid chain (一户一条救助链): append-only and hash-linked history of a household over all departments."""
