"""Publicity (公示): a decision made public with few personal facts, its working days counted, objections back to the case."""
