"""Marshmallow's own messages in Chinese: every refused field says in the reader's language what it must be."""

import re
from typing import Any

SAID = {
    "Missing data for required field.": "必填。", "Field may not be null.": "不能为空。", "Unknown field.": "没有这一项。",
    "Not a valid string.": "应填文字。", "Not a valid number.": "应填数字。", "Number too large.": "数字太大。",
    "Not a valid integer.": "应填整数。", "Special numeric values (nan or infinity) are not permitted.": "应填数字。",
    "Not a valid boolean.": "应填是或否。", "Not a valid date.": "应填日期，如 2026-03-01。", "Not a valid datetime.": "应填日期和时间。",
    "Not a valid aware datetime.": "日期和时间应注明时区。", "Not a valid naive datetime.": "应填日期和时间。",
    "Not a valid UUID.": "编号无效。", "Not a valid list.": "应为列表。", "Not a valid mapping type.": "应为字典。",
    "Invalid input type.": "内容的形式不对。", "Invalid input.": "内容的形式不对。", "Invalid value.": "不符合要求。",
    "Invalid JSON body.": "应为 JSON。", "String does not match expected pattern.": "格式不对。",
}  # fmt: skip
SHAPED = [(re.compile(pattern), said) for pattern, said in (
    (r"Must be one of: .*\.", "不是给出的选项。"),
    (r"Must be greater than or equal to (\S+) and less than or equal to (\S+)\.", r"应在 \1 到 \2 之间。"),
    (r"Must be greater than (\S+) and less than or equal to (\S+)\.", r"应大于 \1，不超过 \2。"),
    (r"Must be greater than or equal to (\S+)\.", r"不能小于 \1。"), (r"Must be less than or equal to (\S+)\.", r"不能大于 \1。"),
    (r"Must be greater than (\S+)\.", r"应大于 \1。"), (r"Must be less than (\S+)\.", r"应小于 \1。"),
    (r"Length must be between (\d+) and (\d+)\.", r"长度应在 \1 到 \2 之间。"), (r"Length must be (\d+)\.", r"长度应为 \1。"),
    (r"Shorter than minimum length (\d+)\.", r"不能少于 \1 个字符。"), (r"Longer than maximum length (\d+)\.", r"不能超过 \1 个字符。"),
)]  # fmt: skip


def said(text: str) -> str:
    """One message; a schema's own words stay."""
    if text in SAID:
        return SAID[text]
    for pattern, shown in SHAPED:
        if pattern.fullmatch(text):
            return pattern.sub(shown, text)
    return text


def in_chinese(errors: Any) -> Any:
    """Messages at any depth, in the shape marshmallow gives them."""
    if isinstance(errors, str):
        return said(errors)
    if isinstance(errors, dict):
        return {name: in_chinese(each) for name, each in errors.items()}
    return [in_chinese(each) for each in errors] if isinstance(errors, list) else errors
