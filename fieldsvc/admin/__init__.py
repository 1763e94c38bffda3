"""DOOR 4, operations: health, metrics, logs, the API's own pages, doctor."""
