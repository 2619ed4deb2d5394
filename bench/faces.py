"""Face comparison on Labeled Faces in the Wild: ``SHIMING_TESTDATA=... python bench/faces.py``, or ``make bench-faces``.

Every distinct picture of ``faces/lfw/pairs.tsv`` is compared with every other: pictures of one person are genuine pairs, all
others impostors. Clean: press picture against press picture. ID-like: press picture against another one made the portrait of
a document (``faces_idlike.py``). The same pictures go through the product's chain with each model that is here, and through
the rival's. A genuine pair with a face that was not found counts as missed.

Thresholds of ``reading/models/registry.toml`` are fitted on all folds of that list. How they hold on people they were not
fitted on is shown twice: each fold by the thresholds of the other folds, and with ``--others DIR`` by those of the registry
on further folds (a folder laid out like ``faces/lfw``).

``--json`` prints all figures as one JSON object. ``--measures`` prints percentiles of the measures that ``checks/limits.toml``
names, ``--dominance`` the pictures with bystanders by how clearly the main face leads.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import defaultdict
from pathlib import Path

import faces_report
import numpy as np
from faces_chains import DLIB, Chain, FaceRecognition, Own
from faces_curves import Scored, cross, figures, held
from faces_templates import Pictures, embed

from shiming.intake.pictures import decode
from shiming.reading.models import find, model
from shiming.reading.vision.face import find_faces, locate, weight

INTEL = "face-reidentification-retail-0095"
PERCENTILES = (0, 0.5, 1, 5, 50, 95, 99, 99.5, 100)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="this model of the registry alone")
    parser.add_argument("--others", type=Path, metavar="DIR", help="further folds, laid out like faces/lfw")
    parser.add_argument("--people", type=int, metavar="N", help="only every N-th person, where time is short")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--measures", action="store_true")
    parser.add_argument("--dominance", action="store_true")
    args = parser.parse_args()
    pictures = Pictures.of(Path(os.environ["SHIMING_TESTDATA"]) / "faces" / "lfw", every=args.people or 1)
    if args.measures:
        print(json.dumps(measures(pictures.root, list(pictures.names)), indent=1))
    elif args.dominance:
        print(json.dumps(dominance(pictures.root, list(pictures.names)), indent=1))
    else:
        others = Pictures.of(args.others, every=args.people or 1) if args.others else None
        found = run(pictures, others, [args.model] if args.model else None)
        print(json.dumps(found, indent=1) if args.json else "\n".join(faces_report.text(found)))
    return 0


def run(pictures: Pictures, others: Pictures | None = None, only: list[str] | None = None) -> dict[str, object]:
    """All figures: of each chain, on the fitting folds, across them, and on the other folds where there are any."""
    chains: list[Chain] = [Own(name) for name in only or (INTEL, DLIB) if find(name) is not None]
    if not only:
        chains.append(FaceRecognition())
    return {
        "pictures": len(pictures.names),
        "people": len({name.split("/")[0] for name in pictures.names}),
        "folds": len(set(pictures.fold.values())),
        "others": len(others.names) if others else 0,
        "chains": [_chain(chain, pictures, others) for chain in chains],
    }


def _chain(chain: Chain, pictures: Pictures, others: Pictures | None) -> dict[str, object]:
    print(f"{chain.name} ...", file=sys.stderr, flush=True)
    scored = Scored.of(pictures, embed(chain, pictures), chain.metric)
    rows: dict[str, object] = {"name": chain.name, **figures(scored), "across": cross(scored)}
    if others is not None:
        again = Scored.of(others, embed(chain, others), chain.metric)
        known = model(chain.name).face if isinstance(chain, Own) else None
        fitted = {rate["false_match_rate"]: rate["similarity"] for rate in figures(scored)["rates"]}
        if known is not None:
            fitted[known.match.false_match_rate] = known.match.similarity
        rows["others"] = [held(again, threshold, rate) for rate, threshold in fitted.items()]
    return rows


def measures(root: Path, names: list[str]) -> dict[str, list[float]]:
    found = defaultdict(list)
    for name in names[::4]:
        faces = find_faces(decode((root / name).read_bytes()))
        if faces:
            found["confidence"].append(faces[0].confidence)
            for measure, value in faces[0].measures.items():
                found[measure].append(value)
    return {measure: [round(float(p), 3) for p in np.percentile(v, PERCENTILES)] for measure, v in found.items()}


def dominance(root: Path, names: list[str]) -> dict[str, float]:
    leads = {}
    for name in names:
        image = decode((root / name).read_bytes())
        found = locate(image)
        if len(found) > 1:
            first, second = (weight(f.face, small=False) for f in found[:2])
            leads[name] = round(first / second, 3)
    return dict(sorted(leads.items(), key=lambda pair: pair[1]))


if __name__ == "__main__":
    sys.exit(main())
