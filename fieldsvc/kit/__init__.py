"""Ground floor: settings, clock, database sessions, crypto, strict JSON, problem+json. Knows no visit."""
