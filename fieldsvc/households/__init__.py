"""The registry (登记): households, persons, identities, and which worker answers for which household."""
