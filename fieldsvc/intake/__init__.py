"""Intake (接报): reports of people in need, by whichever way they come in, until somebody has looked and answered."""
