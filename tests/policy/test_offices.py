"""Who answers for a duty, as an officer chooses from a list."""

import pytest

from tests.support.jiaozhou import departments


@pytest.mark.parametrize("place", ["zibo", "zhangdian", "puning", "changle", "jiaozhou", "huining"])
def test_no_two_lines_of_the_list_read_the_same(place):
    offices = departments().policy.offices(place)
    assert len(offices) > 2 and len(set(offices.values())) == len(offices)
    assert all(offices[duty].startswith(departments().policy.office(place, duty).office) for duty in offices)
