"""Narration: Chinese first, English dim below it, and a bar where something takes long."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Bar = Callable[[int], None]


class Teller:
    """Writes to one console. Bars appear only on a terminal, and leave nothing behind."""

    def __init__(self, out: Console) -> None:
        self.out = out

    def head(self, number: int, zh: str, en: str) -> None:
        self.out.print(f"\n[bold cyan]{number:>2}. {escape(zh)}[/]")
        self.out.print(f"    [dim]{escape(en)}[/]")

    def took(self, seconds: float) -> None:
        self.out.print(f"    [dim]{seconds:.1f} s[/]")

    def say(self, zh: str, en: str = "") -> None:
        self.out.print(f"    {escape(zh)}", soft_wrap=True)
        if en:
            self.out.print(f"    [dim]{escape(en)}[/]", soft_wrap=True)

    def aside(self, text: str, *below: str) -> None:
        """A detail under the line before it, with lines of its own (empty ones are left out)."""
        self.out.print(f"      [dim]·[/] {escape(text)}", soft_wrap=True)
        for line in filter(None, below):
            self.out.print(f"          [dim]{escape(line)}[/]", soft_wrap=True)

    @contextmanager
    def bar(self, zh: str, total: int) -> Iterator[Bar]:
        """Yields ``done(count)``."""
        columns = TextColumn(f"    {zh}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        with Progress(*columns, console=self.out, transient=True, disable=not self.out.is_terminal) as shown:
            task = shown.add_task("", total=total)
            yield lambda done: shown.update(task, completed=done)
