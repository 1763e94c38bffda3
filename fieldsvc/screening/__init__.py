"""Screening (筛查): dirty households → facts → rules → determinations, alerts, tasks. Runs in the worker only."""
