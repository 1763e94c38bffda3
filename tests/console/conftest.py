from tests.support.accounts import app, bearer, client, login, make_account  # noqa: F401
from tests.support.pages import browser, officer, statements  # noqa: F401
