"""Dated policy parameters (政策参数) per jurisdiction, each with its document, clause and verbatim quote. Pure."""
