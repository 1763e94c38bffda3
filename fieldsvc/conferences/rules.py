"""What may be done with a conference, and when. Pure."""

TOWNSHIP_LEVEL, COUNTY_LEVEL = "township", "county"
LEVELS = {TOWNSHIP_LEVEL: "个案会商", COUNTY_LEVEL: "上报县级协调"}
CALLED = {TOWNSHIP_LEVEL: "emergency_conference", COUNTY_LEVEL: "emergency_sent_up"}


def refused(level: str, closed: bool, invited: int) -> tuple[str, str] | None:
    """``(code, sentence)`` when it may not be called."""
    if closed:
        return "emergency-closed", "这件急难救助已经办结，不能再会商。"
    if level == TOWNSHIP_LEVEL and not invited:
        return "nobody-invited", "个案会商至少邀请一个部门。"
    return None
