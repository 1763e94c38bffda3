"""``fieldsvc plugin``: which departments are installed, and which were set aside."""

import click

from fieldsvc.departments.load import load_departments

from .common import out, settings, table


@click.group()
def plugin() -> None:
    """部门插件：列表。"""


@plugin.command("list")
def list_() -> None:
    """列出已安装的部门插件，和被搁置的插件及修改办法。

    有插件被搁置时退出码为 1。
    """
    departments = load_departments(settings())
    rows = [(p.name, p.version, p.department.title, "、".join(p.department.duties),
             "、".join(f.form.id for f in departments.form_files if f.department == p.department.id),
             sum(r.package == p.name for r in departments.rulebook.rules()))
            for p in departments.plugins]  # fmt: skip
    table("部门插件", ("插件", "版本", "部门", "职责", "表单", "规则"), rows)
    for refusal in departments.refusals:
        out.print(f"[red]已搁置[/red] {refusal}", soft_wrap=True)
    if departments.refusals:
        raise SystemExit(1)
