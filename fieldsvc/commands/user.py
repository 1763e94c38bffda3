"""``fieldsvc user``: accounts, from the machine the database is on."""

import click
from sqlalchemy import select

from fieldsvc.accounts import passwords, service
from fieldsvc.accounts.models import Account
from fieldsvc.accounts.rules import ROLES

from .common import deployment, out, table

ROLE_HELP = "岗位  Role：" + "，".join(f"{name} {title}" for name, title in ROLES.items())


@click.group()
def user() -> None:
    """账号：新增、列表、改密码、停用、启用。"""


@user.command()
@click.argument("username")
@click.option("--name", required=True, help="姓名  Name")
@click.option("--role", type=click.Choice(list(ROLES)), required=True, help=ROLE_HELP)
@click.option("--region", required=True, help="区划代码：县 6 位，镇（街道）9 位，村（社区）12 位  Region code")
@click.option("--department", help="部门编号，仅部门经办人员  Department id")
@click.option("--supervisor", help="儿童督导员的用户名  User name of the supervisor")
@click.password_option("--password", envvar="FIELDSVC_PASSWORD", prompt="密码", help="不写则提示输入  Prompted for if absent")
def add(
    username: str, name: str, role: str, region: str, department: str | None, supervisor: str | None, password: str
) -> None:
    """新增账号 USERNAME。"""
    secret = passwords.hashed(password)
    with deployment() as site, site.db.write() as session:
        above = service.find(session, site.county, supervisor).id if supervisor else None
        made = service.create_account(
            session, site.county, username=username, password_hash=secret, name=name, role=role, region=region,
            department=department, supervisor_id=above, vault=site.vault,
        )  # fmt: skip
        out.print(f"已新增 {made.username}（{ROLES[made.role]}，{made.region}）。")


@user.command("list")
def list_() -> None:
    """列出本县账号。"""
    with deployment() as site, site.db.read() as session:
        mine = select(Account).where(Account.county_code == site.county).order_by(Account.id)
        rows = [(a.id, a.username, a.name, ROLES.get(a.role, a.role), a.region, a.department, "" if a.active else "停用")
                for a in session.scalars(mine)]  # fmt: skip
    table("账号", ("编号", "用户名", "姓名", "岗位", "区划", "部门", "状态"), rows)


@user.command()
@click.argument("username")
@click.password_option("--password", envvar="FIELDSVC_PASSWORD", prompt="新密码", help="不写则提示输入  Prompted for if absent")
def password(username: str, password: str) -> None:
    """给 USERNAME 换密码；此人的全部登录随即失效。"""
    secret = passwords.hashed(password)
    with deployment() as site, site.db.write() as session:
        service.set_password(session, service.find(session, site.county, username), secret)
    out.print("密码已更换。")


@user.command()
@click.argument("username")
def stop(username: str) -> None:
    """停用 USERNAME：不能登录，已登录的立即失效。"""
    with deployment() as site, site.db.write() as session:
        service.lock(session, service.find(session, site.county, username))
    out.print("已停用。")


@user.command()
@click.argument("username")
def start(username: str) -> None:
    """启用 USERNAME，并解除因密码错误造成的锁定。"""
    with deployment() as site, site.db.write() as session:
        service.unlock(session, service.find(session, site.county, username))
    out.print("已启用。")
