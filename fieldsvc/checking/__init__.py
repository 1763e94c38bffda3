"""Checking of a family's economic status (家庭经济状况核对): authorisation, commission, request, report, what it shows."""
