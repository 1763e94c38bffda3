"""Overlaps and omissions (重复救助、遗漏救助): lists over what was decided and what the rules say, each line with its clause."""
