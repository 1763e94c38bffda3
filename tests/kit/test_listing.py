"""What a list taken away may not do in a spreadsheet."""

import io

import pytest
from openpyxl import load_workbook

from fieldsvc.kit.listing import as_csv, as_xlsx


@pytest.mark.parametrize("sign", "=+-@\t＝＋－＠")
def test_a_cell_that_begins_like_a_formula_is_text(sign):
    line = as_csv(("备注",), [(f"{sign}HYPERLINK(1)",)]).decode("utf-8-sig").splitlines()[1]
    assert line.startswith("'")


def test_what_a_cell_cannot_hold_is_cut_and_said_to_be():
    file = io.BytesIO()
    as_xlsx("备注", ("备注",), [("长" * 40_000,), ("长" * 32_767,)], file)
    cut, whole = (row[0].value for row in load_workbook(file).active.iter_rows(min_row=2))
    assert len(cut) == 32_767 and cut.startswith("长长") and "截断" in cut and whole == "长" * 32_767
