from tests.support.accounts import bearer, client, login, make_account  # noqa: F401
from tests.sync.conftest import field, phone  # noqa: F401
