"""Acute distress (急难救助): cases where the trouble happens, aid first and the account afterwards, payments in stages, follow-up."""
