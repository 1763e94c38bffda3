"""The pure rule engine: facts and dated parameters in, verdicts with their clauses out. No database, no web."""
