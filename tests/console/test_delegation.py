"""审批权下放: set by the deployment; the township confirms where it is delegated, else the county; what is known is not proven again."""

from datetime import date

import pytest

from fieldsvc.departments.load import load_departments
from fieldsvc.departments.web import KEY
from tests.support.pages import Browser
from tests.support.places import COUNTY, HOME, PERSON, TOWNSHIP, county, supplements  # noqa: F401
from tests.support.river import uid

SET = """jurisdiction = "changle"
[[parameter]]
name = "approval_delegated"
title = "审批权是否已下放镇（街道）"
value = {value}
unit = "rule"
from = 2021-10-09
reference = "示例：委托审批的通知"
"""


@pytest.fixture
def changle(county, tmp_path):
    """``changle(True)`` → signed-in browsers of township and county with delegation on or off; household a applies."""

    def made(on):
        found = county("changle")
        file = tmp_path / "delegation.toml"
        file.write_text(SET.format(value=str(on).lower()))
        settings = found.site.settings
        settings = type(settings)(**{name: getattr(settings, name) for name in settings.__dataclass_fields__}
                                  | {"supplements": (*supplements("changle"), file)})  # fmt: skip
        found.departments = load_departments(settings)
        found.app.extensions[KEY] = found.departments
        found.on(date(2023, 6, 1))
        found.household("a")
        found.tell(**HOME, **PERSON)
        found.headers(), found.headers("county_officer")
        browsers = Browser(found.app), Browser(found.app)
        browsers[0].sign_in(f"township_officer-{TOWNSHIP}")
        browsers[1].sign_in(f"county_officer-{COUNTY}")
        page = browsers[0].open(f"/console/households/{uid('a')}/applications/new")
        return *browsers, browsers[0].press(page, "受理", tier="dibao", consent="no")

    return made


@pytest.mark.requirement("CLS-07")
def test_with_delegation_the_township_confirms_and_no_proof_of_what_is_known_is_asked(changle):
    liu, _, page = changle(True)
    assert "审批权已下放，由镇（街道）确认" in page.text
    recorded, asked = (
        page.text.split("不再要求提供证明的情况")[1].split("看全部条件")[0],
        page.text.split("看全部条件")[0],
    )
    assert "本人月收入" in recorded and "是否持有中华人民共和国残疾人证" in recorded
    assert "本人月收入" not in asked.split("不再要求提供证明的情况")[0]
    page = liu.press(page, "提交认定", kind="confirm")
    assert page.status == 200 and "认定已登记" in page.text


@pytest.mark.requirement("CLS-07")
def test_without_delegation_the_county_confirms(changle):
    liu, wang, page = changle(False)
    assert "由县（市）民政部门确认" in page.text
    refused = liu.press(page, "提交认定", kind="confirm")
    assert refused.status == 409 and "审批权没有下放" in refused.text
    page = wang.open(page.response.request.path)
    assert "认定已登记" in wang.press(page, "提交认定", kind="confirm").text
