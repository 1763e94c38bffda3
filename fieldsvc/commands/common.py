"""What several commands need: the deployment from the environment, a table, a progress bar."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from fieldsvc.kit.settings import Settings, from_environment
from fieldsvc.kit.site import Site, open_site

out = Console(highlight=False)


def settings() -> Settings:
    return from_environment()


@contextmanager
def deployment() -> Iterator[Site]:
    """The site of this environment, told to every listener, closed at the end."""
    from fieldsvc.wiring import connect

    connect()
    site = open_site(settings())
    try:
        yield site
    finally:
        site.db.dispose()


def table(title: str, heads: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    made = Table(title=title, title_justify="left", header_style="bold")
    for head in heads:
        made.add_column(head, overflow="fold")
    for row in rows:
        made.add_row(*("" if cell is None else str(cell) for cell in row))
    out.print(made)


@contextmanager
def progress(text: str) -> Iterator[Progress]:
    """A bar on a terminal, nothing in a pipe."""
    columns = TextColumn(text), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), disable=not out.is_terminal) as bar:
        yield bar


def fail(text: str) -> click.ClickException:
    return click.ClickException(text)
