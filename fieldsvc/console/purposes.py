"""Why somebody's data were looked at (查阅用途), in words; the access log keeps the short code."""

from flask_babel import gettext as _

from fieldsvc.kit.crypto import masked_text

from .exports import PURPOSES as EXPORTS

UNMASKING = {"identity": "核对身份", "payment": "发放救助", "review": "审核办理", "audit": "监督检查"}
EXPORT, UNMASK, LOOKUP = "export-", "unmask-", "lookup-"
PURPOSES = {
    "pull": "手机同步", "desk": "工作台", "household-list": "查看户列表", "household": "查看户信息", "household-page": "查看户信息",
    "household-facts": "查看已知情况", "determinations": "查看认定意见", "visits": "查看走访记录", "chain": "查看救助链",
    "chain-print": "打印救助链", "access": "查看查阅记录", "access-log": "查看查阅记录", "questions": "查看待问事项",
    "application": "查看申请", "application-list": "查看申请列表", "applications": "查看申请列表", "alert": "查看预警",
    "alerts": "查看预警列表", "alert-list": "查看预警列表", "alert-print": "打印预警",
    "emergency": "查看急难救助", "emergency-list": "查看急难救助列表", "meetings": "查看会议记录",
    "referral": "查看转办", "referrals": "查看转办列表",
    "referral-list": "查看转办列表", "simulation": "政策推演", "simulation-file": "导出政策推演", "quarantine": "处理暂存记录",
    "check-list": "查看核对列表", "check-request": "申请核对", "check-report": "查看核对报告", "check-authorisations": "查看核对授权",
    "matching": "数据比对", "overlaps": "重复与遗漏核查", "registry": "登记查重", "inspection": "监督检查抽查",
    "publicity": "公示", "dashboard": "统计",
}  # fmt: skip


def purpose_words(code: str) -> str:
    """The purpose as an officer reads it. Total: an unknown code is a plain 查阅."""
    if code.startswith(EXPORT):
        return _("导出（%(why)s）", why=_(EXPORTS.get(code.removeprefix(EXPORT), "未写明用途")))
    if code.startswith(UNMASK):
        return _("显示完整证件号（%(why)s）", why=_(UNMASKING.get(code.removeprefix(UNMASK), "未写明用途")))
    if code.startswith(LOOKUP):
        return _("查询认定情况（%(why)s）", why=masked_text(code.removeprefix(LOOKUP)))
    return _(PURPOSES.get(code, "查阅"))
