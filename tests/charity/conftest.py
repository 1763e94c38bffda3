from tests.support.places import county  # noqa: F401
