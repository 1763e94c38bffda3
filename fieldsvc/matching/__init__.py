"""Data matching (大数据比对): departments' lists against the registry. What agrees becomes facts, what is doubtful a visit."""
