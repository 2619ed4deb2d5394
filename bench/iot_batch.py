"""A batch of IoT cards, an import, a roster: lines a second of CPU and the most memory, each in a process of its own.

``python bench/iot_batch.py KIND LINES`` measures one and prints one JSON object.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stdnum import luhn

CODE = "DELIVERY-77"


def _iccid(n: int) -> str:
    base = f"898600{n:012d}"
    return base + luhn.calc_check_digit(base)


def _workspace(folder: Path) -> Any:
    from shiming.audit.work import Workspace
    from shiming.platform.settings import Settings

    return Workspace.open(Settings(data=folder, demo=True))


def _stock(workspace: Any, lines: int) -> None:
    from shiming.intake import cards
    from shiming.registration.values import Actor, Role

    for first in range(0, lines, 1000):
        rows = "".join(f"{_iccid(n)},iot-sim,iccid,iot,+86141{n:08d},{CODE}\n" for n in range(first, first + 1000))
        with workspace.write() as work:
            cards.import_stock(work, Actor(Role.ENGINE, "bench"), "number,kind,scheme,product,msisdn,secret\n" + rows)


def _begin(workspace: Any, kind: str, lines: int) -> str:
    from shiming.intake import batches, imports, lists, rosters
    from shiming.registration.values import Actor, Role

    admin, holder = Actor(Role.ADMIN, "bench"), Actor(Role.HOLDER, "bench")
    with workspace.write() as work:
        if kind == "iot-batch":
            data = "iccid\n" + "".join(f"{_iccid(n)}\n" for n in range(lines))
            registration = batches.begin(
                work,
                holder,
                programme="iot-sim",
                data=data.encode(),
                delivery_code=CODE,
                person={"name": "李梅", "address": "杭州市"},
                company={"company_name": "样本物联有限公司", "company_number": "91330106MA2TESTXX0"},
                language="en",
            )
            return str(lists.store.of(work, "iot-batch", registration.id)[0].id)
        if kind == "roster":
            data = "number,name,date_of_birth\n" + "".join(f"M{n:07d},李梅,1990-03-07\n" for n in range(lines))
            return str(rosters.upload(work, admin, "member-card", data.encode(), replace=False).id)
        head = "key,card_number,name,document,document_number,since,msisdn,address,contact\n"
        data = head + "".join(
            f"K{n},{_iccid(n)},李梅,passport,E{n:08d},2019-05-31,+86138{n:08d},杭州市,h{n}@example.org\n"
            for n in range(lines)
        )
        return str(imports.upload(work, admin, "carrier-5g", "old", data.encode()).id)


def _approve(workspace: Any, list_id: str) -> None:
    """The decision takes effect, past the pictures: they are measured elsewhere."""
    from shiming.intake import lists
    from shiming.programmes.store import rules_of
    from shiming.registration import store
    from shiming.registration.store import approval, deciding, moves
    from shiming.registration.values import Actor, Decision, Role, Verdict

    with workspace.write() as work:
        row = store.get(work, lists.store.get(work, list_id).about)
        form = {**store.form(work, row), "number": "330106199003079967"}
        engine, rules = moves.engine(work.issuer), rules_of(work, row)
        row = moves.save_form(work, engine, row, form, "cn-resident-id")
        row = moves.submit(work, engine, row, rules=rules, due_at=work.now, unpublished_year=False)
        row = moves.move(work, engine, moves.move(work, engine, row, "begin-checking"), "refer")
        deciding.conclude(work, row, Decision(Verdict.APPROVE, ()), Actor(Role.REVIEWER, "r"), rules=rules)
    with workspace.write() as work:
        made = store.decisions(work, row.id)[-1]
        work.now = made.effective_at
        approval.take_effect(work, made.id)


def _taken(workspace: Any, list_id: str) -> float:
    """Goes on with a list as the engine does; the longest transaction in seconds."""
    from shiming.intake import lists
    from shiming.pipeline.lists import LIST_KINDS

    longest, more = 0.0, True
    while more:
        begun = time.monotonic()
        more = lists.advance(workspace, list_id, LIST_KINDS)
        longest = max(longest, time.monotonic() - begun)
    return longest


def measure(kind: str, lines: int) -> dict[str, Any]:
    """One list of one kind on a fresh SQLite database."""
    from shiming.intake import lists

    with tempfile.TemporaryDirectory() as name:
        workspace = _workspace(Path(name))
        if kind == "iot-batch":
            _stock(workspace, lines)
        steps = []
        begun = time.process_time()
        list_id = _begin(workspace, kind, lines)
        steps.append(("received", time.process_time() - begun, 0.0))
        begun = time.process_time()
        longest = _taken(workspace, list_id)
        steps.append(("taken", time.process_time() - begun, longest))
        if kind == "iot-batch":
            _approve(workspace, list_id)
            begun = time.process_time()
            longest = _taken(workspace, list_id)
            steps.append(("opened", time.process_time() - begun, longest))
        with workspace.read() as work:
            sheet = lists.store.get(work, list_id)
        workspace.close()
    return {
        "kind": kind,
        "lines": lines,
        "good": sheet.good,
        "steps": steps,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


LINES = {"iot-batch": (5_000, 100_000), "roster": (5_000, 100_000), "import": (2_000, 20_000)}


def table(lines: dict[str, tuple[int, ...]] = LINES) -> Iterator[str]:
    """Every kind at each length, in processes of their own, so that memory is each one's."""
    yield "| list | lines | good | step | lines a second of CPU | longest transaction, s | most memory, MB |"
    yield "|---|---|---|---|---|---|---|"
    for kind, counts in lines.items():
        for count in counts:
            command = [sys.executable, __file__, kind, str(count)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            found = json.loads(done.stdout.splitlines()[-1])
            for name, cpu, longest in found["steps"]:
                rate = f"{count / cpu:,.0f}" if cpu else "-"
                wait = f"{longest:.2f}" if longest else "-"
                yield (
                    f"| {kind} | {count:,} | {found['good']:,} | {name} | {rate} | {wait} | {found['peak_mb']:.0f} |"
                )
    yield ""
    yield "The engine's own messages to the operator come after that, one a card; they are not counted here."


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
