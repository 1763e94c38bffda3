"""``fieldsvc migrate``: from nothing, or from an older version, to ready."""

import click

from fieldsvc.admin.keys import remember
from fieldsvc.departments.forms import publish_forms
from fieldsvc.departments.load import load_departments
from fieldsvc.feed.service import open_county
from fieldsvc.migrate import migrate as upgrade

from .common import deployment, out


@click.command()
def migrate() -> None:
    """建库或升级到最新结构，建立本县，发布各部门的表单。

    可以重复运行；已有的数据不变。
    """
    with deployment() as site:
        upgrade(site.settings.database_url)
        departments = load_departments(site.settings)
        with site.db.write() as session:
            open_county(session, site.county)
            remember(session, site.vault, site.county)
            published = publish_forms(session, site.county, departments.form_files)
    out.print(f"数据库已是最新结构；本县 {site.county}。")
    out.print(f"新发布表单：{'、'.join(published)}" if published else "表单没有变化。")
    for refusal in departments.refusals:
        click.echo(f"已搁置 {refusal}", err=True)
