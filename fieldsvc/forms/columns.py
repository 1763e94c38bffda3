"""The vocabulary of our XLSForm profile: question types and columns. What is not listed is refused by name."""

import re

TYPES = {
    "text": "text",
    "string": "text",
    "barcode": "text",
    "integer": "integer",
    "int": "integer",
    "decimal": "decimal",
    "range": "range",
    "date": "date",
    "dateTime": "datetime",
    "datetime": "datetime",
    "time": "time",
    "geopoint": "geopoint",
    "image": "file",
    "photo": "file",
    "audio": "file",
    "video": "file",
    "file": "file",
    "note": "note",
    "calculate": "calculate",
    "hidden": "text",
    "acknowledge": "acknowledge",
    "start": "datetime",
    "end": "datetime",
    "today": "date",
    "deviceid": "text",
    "username": "text",
}
METADATA = ("start", "end", "today", "deviceid", "username")
REFUSED_TYPES = {
    "select_one_from_file": "不读取外部选项",
    "select_multiple_from_file": "不读取外部选项",
    "select_one_external": "不读取外部选项",
    "csv-external": "不读取外部数据",
    "xml-external": "不读取外部数据",
    "geotrace": "不收轨迹",
    "geoshape": "不收面",
    "rank": "不支持排序题",
    "osm": "不支持 OSM",
    "audit": "不收操作日志",
    "background-audio": "不录背景音",
}
SURVEY = (
    "type",
    "name",
    "label",
    "hint",
    "guidance_hint",
    "required",
    "required_message",
    "relevant",
    "constraint",
    "constraint_message",
    "calculation",
    "choice_filter",
    "repeat_count",
    "parameters",
    "default",
    "appearance",
    "readonly",
    "save_to",
    "save_to_subject",
    "bind::fieldsvc:identifier",
    "formerly",
)
CHOICES = ("list_name", "name", "label", "formerly")
SETTINGS = (
    "form_title",
    "form_id",
    "version",
    "default_language",
    "fieldsvc_class",
    "instance_name",
    "style",
)
ALIASES = {
    "relevance": "relevant",
    "calculate": "calculation",
    "list name": "list_name",
    "title": "form_title",
    "id_string": "form_id",
    "value": "name",
    "caption": "label",
    "read_only": "readonly",
    "bind::relevant": "relevant",
    "bind::constraint": "constraint",
    "bind::required": "required",
    "bind::calculate": "calculation",
    "fieldsvc:identifier": "bind::fieldsvc:identifier",
    "identifier": "bind::fieldsvc:identifier",
}
TRANSLATED = ("label", "hint", "guidance_hint", "required_message", "constraint_message")
IDENTIFIERS = ("id_number", "phone", "account")
KLASSES = ("general", "child")
OURS = ("save_to", "save_to_subject", "formerly", "bind::fieldsvc:identifier", "fieldsvc_class")
NAMESPACE = "urn:fieldsvc:xform"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")


def split_language(column: str) -> tuple[str, str]:
    """``label::中文(zh)`` → (``label``, ``中文(zh)``); the canonical column name comes first."""
    base, _, language = column.partition("::")
    if language and base.strip() in TRANSLATED:
        return base.strip(), language.strip()
    return ALIASES.get(column, column), ""


def chinese_first(columns: list[str]) -> list[str]:
    """The translations of one column in the order of use: Chinese, then without language, then the others."""
    return sorted(columns, key=lambda column: (not re.search(r"zh|中文|Chinese", column), "::" in column))
