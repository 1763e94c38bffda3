from tests.support.accounts import app, bearer, client, login, make_account  # noqa: F401
