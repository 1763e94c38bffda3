"""A list as an office keeps it, read row by row: xlsx, or CSV in UTF-8, UTF-16 or GB18030, whatever the file's name says.

Rows stream: nothing but the file's own bytes and the row in hand is kept, however long the list.
"""

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from .errors import Problem

LARGEST, UNPACKED = 20 * 2**20, 300 * 2**20
LAST_ROW = 2**20
"""A spreadsheet has no more rows; the reader would count up to any row a file names."""
DAMAGED = (zipfile.BadZipFile, zlib.error, InvalidFileException, KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError,
           OSError, SyntaxError, RuntimeError)  # fmt: skip
Line = tuple[int, list[Any]]
Refuse = Callable[[str], Problem]
OLD_XLS = b"\xd0\xcf\x11\xe0"
PAGES = (b"<html", b"<!doctype", b"<?xml", b"<table", b"<meta", b"mime-version")
UNKNOWN_ENCODING = "无法识别文件编码，请另存为 UTF-8 或 GB18030 编码的 CSV，或 xlsx。"
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{2}")


def read_lines(data: bytes, refuse: Refuse, largest: int = LARGEST) -> Iterator[Line]:
    """``(row number as the spreadsheet shows it, cells)`` of the first sheet's rows that are not empty.

    ``refuse(sentence)`` makes the Problem that is raised when the file cannot be used.
    """
    if len(data) > largest:
        raise refuse(f"文件超过 {largest // 2**20} MB，请分成几个文件。")
    for line in _xlsx(data, refuse) if data.startswith(b"PK\x03\x04") else _text_file(data, refuse):
        if any(cell_text(cell) for cell in line[1]):
            yield line


def bounded(lines: Iterable[Line], most: int, refuse: Refuse) -> Iterator[Line]:
    for count, line in enumerate(lines):
        if count >= most:
            raise refuse(f"超过 {most} 行，请分成几个文件。")
        yield line


def heading(cell: Any) -> str:
    """A heading without what offices add to it: spaces, line breaks, full-width brackets, a star for "required"."""
    return "".join(cell_text(cell).split()).replace("（", "(").replace("）", ")").rstrip("*:：")


def cell_text(cell: Any) -> str:
    """A cell as text; days in ISO, numbers as the spreadsheet shows them (15 digits)."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        # Excel's text mark and the tab some offices add to keep long numbers as text
        return cell.strip().lstrip("'\ufeff").strip()
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y-%m-%d")
    if isinstance(cell, float):
        return f"{Decimal(f'{cell:.15g}'):f}"
    return str(cell).strip()


def is_mangled(cell: Any) -> bool:
    """Whether a long number was stored as a number by a spreadsheet, which keeps 15 digits and loses the rest."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return abs(cell) >= 1e15
    return isinstance(cell, str) and _SCIENTIFIC.fullmatch(cell_text(cell)) is not None


def _xlsx(data: bytes, refuse: Refuse) -> Iterator[Line]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(member.file_size for member in packed.infolist()) > UNPACKED:
                raise refuse("文件解压后过大。")
        sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
        sheet.reset_dimensions()  # many programs write a size that leaves rows and columns out
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            if number > LAST_ROW:
                raise refuse("表格的行号超出了表格软件的上限，请重新另存后再试。")
            yield number, list(cells)
    except DAMAGED as error:
        raise refuse("xlsx 文件已损坏或不是表格，请重新另存后再试。") from error


def _text_file(data: bytes, refuse: Refuse) -> Iterator[Line]:
    if data.startswith(OLD_XLS):
        raise refuse("这是旧版 xls 表格（或加了密码），请用表格软件打开后另存为 xlsx。")
    if data[:64].lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(PAGES):
        raise refuse("这是网页格式的表格（扩展名与内容不符），请用表格软件打开后另存为 xlsx。")
    text = io.TextIOWrapper(io.BytesIO(data), _encoding(data, refuse), newline="")
    first = text.readline()
    text.seek(0)
    reader = csv.reader(text, delimiter="\t" if first.count("\t") > first.count(",") else ",")
    try:
        for line in reader:
            yield reader.line_num, list(line)
    except csv.Error as error:
        raise refuse(f"CSV 第 {reader.line_num} 行无法读取。") from error


def _encoding(data: bytes, refuse: Refuse) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if _decodes(data, "utf-16") and {",", "\t", "\n"} & set(data[:4096].decode("utf-16", "ignore")):
            return "utf-16"
        raise refuse(UNKNOWN_ENCODING)
    for encoding in ("utf-8-sig", "gb18030"):
        if _decodes(data, encoding):
            return encoding
    raise refuse(UNKNOWN_ENCODING)


def _decodes(data: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(data), 2**20):
            decoder.decode(data[start : start + 2**20])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
