"""The day's programme."""

from . import clauses, field, office, tomorrow
from .day import Step

DAY = (
    Step("搬进样例镇：建库、导入花名册", "Migrate an empty database and import the roster", field.move_in),
    Step("开门：启动服务，全部家庭筛查一遍", "Start the server and the worker; first screening", field.open_doors),
    Step("早上：6 名走访人员登录，拉取各自的户", "Morning: six workers log in and pull their caseloads", field.morning),
    Step("白天：没有网络，入户走访", "Day: visits without a network, kept on the phones", field.daytime),
    Step("傍晚：有了网络，推送", "Evening: the phones push", field.evening),
    Step("筛查：镇上看到预警", "Screening: the township sees the alerts", office.screening),
    Step("看依据：每项条件的取值、条款和原文", "Why: each condition with its clause and quote", clauses.reasons),
    Step("换一个地方：同样的情况，胶州与会宁", "The same facts under another county's text", clauses.elsewhere),
    Step("处置：核实，按类别处置，转办", "Disposal: verified, then by kind, or referred", office.disposal),
    Step("部门答复", "The department answers", office.answer),
    Step("一户一条救助链", "The household's aid chain", office.chain),
    Step("下一次拉取：手机知道了结果", "The next pull: the phones know", field.next_pull),
    Step("收工：对账", "Closing: the books are balanced", office.books),
    Step("次日早上：留在页面上等您办的", "The next morning: what waits for you on the pages", tomorrow.morning),
)
