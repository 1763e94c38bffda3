"""Honesty (诚信): promises, breaches and what is owed for them; kin who must stand aside; errors put right in the open."""
