"""The platforms by name: Shandong's over both adapters, Guangdong's beside local data."""

from pathlib import Path

import orjson
import pytest

from fieldsvc.facts import queries as facts
from tests.support.pages import Browser
from tests.support.river import COUNTY, publish_form, uid, visit

INSURED = {"kind": "commercial_insurance", "found": "无", "facts": {"owns_vehicle": True}}


def asked(county):
    county.authorise()
    answer = county.ask()
    assert answer.status_code == 201, answer.text
    county.run()
    return answer.json["items"][0]["id"]


@pytest.mark.requirement("DAT-07")
def test_shandongs_platform_over_http(checking, platform):
    county = checking("zibo", title="省社会救助数字平台")
    platform.parts = [INSURED]
    report = county.report(asked(county))
    assert platform.asked[0]["format"] == "fieldsvc-check/1" and platform.asked[0]["commissioned_by"] == "某镇人民政府"
    assert report["platform"] == "省社会救助数字平台" and report["parts"][0]["found"] == "无"


@pytest.mark.requirement("DAT-07")
def test_shandongs_platform_by_files(checking, platform, tmp_path, db):
    county = checking("zibo", adapter="file", title="山东省低收入人口动态监测信息平台")
    check = asked(county)
    (wanted,) = (tmp_path / "exchange" / "out").iterdir()
    out = orjson.loads(wanted.read_bytes())
    assert out["id"] == check and out["kinds"] == ["commercial_insurance", "internet_finance"]
    assert wanted.stat().st_mode & 0o077 == 0 and county.report(check)["state"] == "sent"
    platform.parts = [INSURED]
    _put(tmp_path / "exchange" / "in", check, platform)
    county.run(again=True)
    assert county.report(check)["state"] == "answered"
    with db.read() as session:
        assert facts.known(session, COUNTY, [uid("a")])[uid("a")].document["owns_vehicle"][:1] == [True]


def _put(folder: Path, check, platform):
    folder.mkdir()
    (folder / f"{check}.json").write_bytes(platform.report(check))


@pytest.mark.requirement("DAT-08")
def test_punings_settings_name_its_platform_and_facts_keep_their_origin(
    checking, platform, screen, site, db, make_account
):
    with db.write() as session:
        publish_form(session)
        visit(site, session, uid("a"), "seen", {"car": "no"})
    screen()
    county = checking("puning", title="广东省底线民生信息化核对管理系统")
    platform.parts = [INSURED]
    check = asked(county)
    with db.read() as session:
        history = facts.history(session, COUNTY, [uid("a")])[uid("a")]
    assert {(row.source_kind, row.source_id) for row in history if row.name == "owns_vehicle"} == {
        ("visit", uid("seen")), ("department", f"check-{check}")}  # fmt: skip
    liu = Browser(county.app)
    liu.sign_in(make_account("liu", role="township_officer", region="370281001").username)
    page = liu.open(f"/console/households/{uid('a')}/facts").text
    assert "（广东省底线民生信息化核对管理系统）" in page and "（用户1）" in page


def test_an_address_that_is_not_safe_or_an_adapter_nobody_wrote_is_refused(tmp_path):
    from fieldsvc.checking.platforms import platforms

    for n, line in enumerate(('adapter = "http"\naddress = "http://example.org"', 'adapter = "fax"\naddress = "x"')):
        file = tmp_path / f"{n}.toml"
        file.write_text(f'[platform.near]\ntitle = "省"\nlevel = "province"\n{line}\n')
        with pytest.raises(ValueError, match=r"platform\.near"):
            platforms(file)
