"""Portraits on cards that lie any way: ``portraits.py [--seeds N]``. How often found, and compared with two selfies.

Drawn fronts, photographed at a random quarter turn, up to 20 degrees askew and 20 degrees leaned back, on five kinds of table.
The selfies are other renderings of the same two pictures (see ``portraits/LICENCES.md``): this measures finding and turning,
not how well faces are told apart; that is ``faces.py``.

Then how often the check ``portrait`` takes a portrait for no human face: of people (LFW, where ``SHIMING_TESTDATA`` names it,
as they are and made like a document's portrait) and of what no human face is in (``portrait_fakes.py``), in the same two ways.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import get_args

import faces_idlike
import portrait_fakes

from shiming import reading
from shiming.checks import portrait
from shiming.intake.pictures import decode
from shiming.programmes import resolve
from shiming.reading import timing
from shiming.reading.documents import portraits, sample
from shiming.reading.documents._drawing import Background, photograph
from shiming.reading.documents.cn_resident_id import sample as card
from shiming.reading.vision import face
from shiming.reading.vision.face_runtime import Pixels
from shiming.registration.values import Case, Document, EvidenceItem, Outcome, Reading


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


def not_human(every: int = 8, each: int = 60) -> Iterator[str]:
    """A row a kind of picture: found no face, called not human, passed; as Markdown."""
    yield "| portrait | pictures | no face found | called not human | passed |"
    yield "|---|---|---|---|---|"
    for name, pictures in (*_people(every), *_fakes(each)):
        said = Counter(_said(picture) for picture in pictures)
        yield f"| {name} | {said.total()} | {said['none']} | {said['other']} | {said['human']} |"


def _people(every: int) -> Iterator[tuple[str, list[Pixels]]]:
    folder = os.environ.get("SHIMING_TESTDATA")
    if not folder:
        return
    paths = sorted((Path(folder) / "faces" / "lfw").glob("*/*.jpg"))[::every]
    seen = [(path.name, image, found) for path in paths if (found := face.locate(image := decode(path.read_bytes())))]
    yield "people, press pictures", [image for _, image, _ in seen]
    yield "people, like a document's", [faces_idlike.portrait(image, found[0].mesh, n) for n, image, found in seen]


def _fakes(each: int) -> Iterator[tuple[str, list[Pixels]]]:
    for kind in portrait_fakes.KINDS:
        drawn = list(portrait_fakes.fakes(kind, each))
        yield kind, drawn
        yield f"{kind}, like a document's", [portrait_fakes.degraded(one, seed) for seed, one in enumerate(drawn)]


def _said(picture: Pixels) -> str:
    faces = face.find_faces(picture, small=True, level=True)
    seen = Reading(Document("cn-resident-id", "front", "CN", 1.0), faces=faces)
    findings = portrait.run(_case(), EvidenceItem("e", "document-front", seen))
    failed = {finding.code for finding in findings if finding.outcome is Outcome.FAIL}
    return "none" if "DOC_NO_PORTRAIT" in failed else "other" if failed else "human"


@cache
def _case() -> Case:
    return Case(resolve("carrier-5g"), date(2026, 11, 26), {}, None, {})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--only-humans", action="store_true", help="only the second table")
    args = parser.parse_args()
    print("\n".join([*([] if args.only_humans else [*table(args.seeds), ""]), *not_human()]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
