"""Alerts (预警): raised by screening with their reasons, verified and disposed of by the township, by kind."""
