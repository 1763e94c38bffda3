"""Gifts and points (慈善捐赠、爱心银行): what was given, what it was used for, and points earned by public good."""
