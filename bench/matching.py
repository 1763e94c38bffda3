"""A department's list of 100,000 rows previewed against a county's registry: seconds and peak memory; how well planted cases are
found. With ``--apply`` also the approved run written down.

    python bench/matching.py [--rows 100000] [--persons 150000] [--engine postgresql] [--xlsx] [--apply]
"""

import argparse
import io
import resource
import threading
import time
from dataclasses import replace
from datetime import date
from typing import Any

import common
import xlsxwriter

from fieldsvc.accounts.rules import Actor
from fieldsvc.matching import service
from fieldsvc.matching.apply import apply
from fieldsvc.matching.preview import preview
from tests.matching.county import HEADS, as_csv, made, register
from tests.matching.measure import measured
from tests.support.jiaozhou import SAMPLES, departments
from tests.support.river import COUNTY

OFFICER = Actor(COUNTY, 1, "县经办", "county_officer", COUNTY)


def as_xlsx(rows: list[dict[str, str]]) -> bytes:
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADS)
    for n, row in enumerate(rows, 1):
        for column, name in enumerate(HEADS):
            sheet.write_string(n, column, row[name])
    book.close()
    return held.getvalue()


class Memory:
    """The highest resident memory of this process while the block runs, in MB, and what it was before."""

    def __enter__(self) -> "Memory":
        self.before = self.peak = self._now()
        self.going = True
        self.watch = threading.Thread(target=self._look)
        self.watch.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.going = False
        self.watch.join()

    def _look(self) -> None:
        while self.going:
            self.peak = max(self.peak, self._now())
            time.sleep(0.05)

    @staticmethod
    def _now() -> int:
        with open("/proc/self/statm") as told:
            return int(told.read().split()[1]) * resource.getpagesize() // 2**20


def run(site: Any, county: Any, data: bytes, rows: int, with_apply: bool) -> None:
    run_id = service.uploaded_by(site, OFFICER, departments(), "education.student_aid", "list", data, date(2026, 10, 1))
    with Memory() as memory:
        began, cpu = time.perf_counter(), time.process_time()
        preview(site, departments(), run_id)
        wall, spent = time.perf_counter() - began, time.process_time() - cpu
    print(f"preview of {rows} rows ({len(data) / 1e6:.1f} MB): {wall:.1f} s ({spent:.1f} s CPU); peak {memory.peak} MB, "
          f"{memory.peak - memory.before} MB above what the process had", flush=True)  # fmt: skip
    if with_apply:
        with site.db.write() as session:
            service.approve(session, OFFICER, departments(), run_id, "测量")
        began = time.perf_counter()
        apply(site, departments(), run_id)
        print(f"written down in {time.perf_counter() - began:.1f} s", flush=True)
    if county is not None:
        found = measured(site, run_id, county)
        told = ", ".join(f"{kind} {share:.4f}" for kind, share in found.recall.items())
        print(
            f"recall: {told}; precision of matches {found.precision:.4f}, of all proposed {found.proposed_precision:.4f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--persons", type=int, default=150_000)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--xlsx", action="store_true")
    parser.add_argument("--apply", action="store_true")
    asked = parser.parse_args()
    with common.deployment(asked.engine) as (running, bare):
        running.stop()
        site = replace(bare, settings=replace(bare.settings, supplements=SAMPLES))
        departments()
        county = made(3, asked.persons, asked.rows)
        register(site, county)
        common.analysed(site)
        data = as_xlsx([row.cells for row in county.rows]) if asked.xlsx else as_csv([row.cells for row in county.rows])
        small = as_csv([row.cells for row in county.rows[:5_000]])
        print(f"{asked.engine}, {asked.persons} persons on the register, {'xlsx' if asked.xlsx else 'CSV'}", flush=True)
        run(site, None, small, min(5_000, asked.rows), False)
        run(site, county, data, asked.rows, asked.apply)


if __name__ == "__main__":
    main()
