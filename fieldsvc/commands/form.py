"""``fieldsvc form``: looking forms over, and publishing them."""

from pathlib import Path

import click

from fieldsvc.departments.forms import FormFile, check_facts, publish_forms
from fieldsvc.departments.load import load_departments
from fieldsvc.forms.check import check_files
from fieldsvc.forms.compile import compile_form
from fieldsvc.forms.errors import FormError

from .common import deployment, fail, out

FILES = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def form() -> None:
    """表单：检查、发布。"""


@form.command()
@click.argument("files", nargs=-1, required=True, type=FILES)
def check(files: tuple[Path, ...]) -> None:
    """检查 XLSForm（xlsx 或 Markdown），列出每处错误的工作表、行、列和原因。"""
    report = check_files(files)
    for line in report.lines:
        click.echo(line)
    if not report.ok:
        raise SystemExit(1)


@form.command()
@click.argument("files", nargs=-1, type=FILES)
@click.option("--department", default="civil", show_default=True, help="表单归属的部门  Department id")
def publish(files: tuple[Path, ...], department: str) -> None:
    """发布 FILES；不写文件则发布各部门自带的表单。

    已发布的版本内容不可更改：改了内容，就要换版本号。
    """
    with deployment() as site:
        departments = load_departments(site.settings)
        forms = [_read(file, department, departments.vocabulary) for file in files] or departments.form_files
        with site.db.write() as session:
            published = publish_forms(session, site.county, forms)
    out.print(f"新发布：{'、'.join(published)}" if published else "没有需要发布的表单。")


def _read(file: Path, department: str, vocabulary: object) -> FormFile:
    try:
        compiled = compile_form(file, origin=file.name)
    except FormError as error:
        raise fail(str(error)) from error
    if faults := list(check_facts(compiled, vocabulary)):  # type: ignore[arg-type]
        raise fail("\n".join(map(str, faults)))
    return FormFile(compiled, department, file.read_bytes(), file.name)
