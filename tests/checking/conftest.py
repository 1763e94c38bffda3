from tests.support.desk import app, bearer, client, login, make_account, screen, signed, town  # noqa: F401
from tests.support.pages import officer  # noqa: F401

from .standin import checking, platform  # noqa: F401
