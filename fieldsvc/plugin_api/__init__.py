"""What a department's plugin may import: hook specifications, markers and frozen types.

Nothing here knows Flask or SQLAlchemy, so a plugin's wheel stays usable when the core changes its web or its store.
"""

API_VERSION = 1
