"""Supervision (监督检查): drawn samples with what the visit back found, and performance by township and department."""
