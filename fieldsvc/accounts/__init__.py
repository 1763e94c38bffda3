"""Accounts: workers, officers, roles, devices, tokens, and the one scope function (范围)."""
