"""Portraits on cards that lie any way: ``portraits.py [--seeds N]``. How often found, and compared with two selfies.

Drawn fronts, photographed at a random quarter turn, up to 20 degrees askew and 20 degrees leaned back, on five kinds of table.
The selfies are other renderings of the same two pictures (see ``portraits/LICENCES.md``): this measures finding and turning,
not how well faces are told apart; that is ``faces.py``.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
from dataclasses import dataclass
from typing import get_args

from shiming import reading
from shiming.reading import timing
from shiming.reading.documents import portraits, sample
from shiming.reading.documents._drawing import Background, photograph
from shiming.reading.documents.cn_resident_id import sample as card
from shiming.reading.vision import face


@dataclass(frozen=True, slots=True)
class Row:
    """One photographed card. Similarities are None when its portrait was not found. ``cpu``: of the face search, ms."""

    turn: int
    found: bool
    hinted: float | None
    alone: float | None
    other: float | None
    cpu: float


def one(seed: int, name: str, chance: random.Random) -> Row:
    """A card of that seed with that portrait, read and compared."""
    turn, skew, tilt = chance.choice([0, 90, 180, 270]), chance.uniform(-20, 20), chance.uniform(0, 20)
    picture = photograph(
        card.draw(sample.sample_person(seed), portraits.portrait(name))["front"],
        background=chance.choice(get_args(Background)),
        rotate=turn,
        skew=skew,
        tilt=tilt,
        scale=chance.uniform(0.5, 0.75),
        seed=seed,
    )
    with timing.collect() as steps:
        faces = reading.read_picture(picture, side="front").faces or ()
    selfie = portraits.selfie(name, seed=seed)
    other = portraits.selfie(next(n for n in portraits.names() if n != name), seed=seed)
    known = faces[0] if faces else None
    return Row(
        turn,
        bool(faces),
        face.compare(picture, selfie, a_face=known).similarity if known else None,
        face.compare(picture, selfie).similarity,
        face.compare(picture, other, a_face=known).similarity if known else None,
        steps.get("face", 0.0),
    )


def table(seeds: int) -> list[str]:
    """By quarter turn: found, least similarity with the right selfie (by the reading's face, and searched for anew), most
    with the wrong one; as Markdown."""
    reading.preload()
    chance = random.Random(5)
    rows = [one(seed, name, chance) for seed in range(1, seeds + 1) for name in portraits.names()]
    lines = [
        "| turn | cards | found | same, least | same without the reading, least | other, most |",
        "|---|---|---|---|---|---|",
    ]
    for turn in (0, 90, 180, 270):
        part = [row for row in rows if row.turn == turn]
        same = min((r.hinted for r in part if r.hinted is not None), default=0.0)
        alone = min((r.alone if r.alone is not None else 0.0 for r in part), default=0.0)
        other = max((r.other for r in part if r.other is not None), default=0.0)
        found = sum(r.found for r in part)
        lines.append(f"| {turn} | {len(part)} | {found} | {same:.3f} | {alone:.3f} | {other:.3f} |")
    spent = statistics.median(r.cpu for r in rows)
    return [
        *lines,
        "",
        f"{sum(r.found for r in rows)} of {len(rows)} portraits found; face search {spent:.0f} ms CPU, median.",
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=30)
    print("\n".join(table(parser.parse_args().seeds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
