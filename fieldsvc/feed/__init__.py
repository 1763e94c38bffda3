"""The change feed: append as the last act of a transaction, read since a cursor. Sequence order is commit order."""
