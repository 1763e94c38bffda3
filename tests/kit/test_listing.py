"""What a list taken away may not do in a spreadsheet."""

import pytest

from fieldsvc.kit.listing import as_csv


@pytest.mark.parametrize("sign", "=+-@\t＝＋－＠")
def test_a_cell_that_begins_like_a_formula_is_text(sign):
    line = as_csv(("备注",), [(f"{sign}HYPERLINK(1)",)]).decode("utf-8-sig").splitlines()[1]
    assert line.startswith("'")
