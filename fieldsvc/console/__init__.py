"""Door 2: the pages of townships, departments and the county. Server-rendered; nothing here needs JavaScript."""
