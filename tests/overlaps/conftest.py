from tests.support.desk import *  # noqa: F403
