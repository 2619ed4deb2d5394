"""Measures face comparison on Labeled Faces in the Wild: ``SHIMING_TESTDATA=... python bench/faces.py [--model NAME]``.

Every distinct picture of ``faces/lfw/pairs.tsv`` is compared with every other through the product's own pipeline: pictures
of one person are genuine pairs, all others impostors. Prints one JSON object: similarity and false-non-match rate at each
false-match rate (what ``reading/models/registry.toml`` holds), accuracy on the listed pairs, and CPU time a picture.
``--measures`` prints percentiles of the measures that ``checks/limits.toml`` names, ``--dominance`` the pictures with
bystanders by how clearly the main face leads.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from shiming.intake.pictures import decode
from shiming.reading.vision.face import dominant, find_faces, locate, weight
from shiming.reading.vision.face_template import Embedder, embedder

RATES = (1e-2, 1e-3, 1e-4, 1e-5)
PERCENTILES = (0, 0.5, 1, 5, 50, 95, 99, 99.5, 100)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="face-reidentification-retail-0095")
    parser.add_argument("--measures", action="store_true")
    parser.add_argument("--dominance", action="store_true")
    args = parser.parse_args()
    root = Path(os.environ["SHIMING_TESTDATA"]) / "faces" / "lfw"
    pairs = [line.split("\t") for line in (root / "pairs.tsv").read_text("utf-8").splitlines()]
    names = sorted({name for a, b, _ in pairs for name in (a, b)})
    if args.measures:
        print(json.dumps(measures(root, names), indent=1))
    elif args.dominance:
        print(json.dumps(dominance(root, names), indent=1))
    else:
        print(json.dumps(errors(root, names, pairs, embedder(args.model)), indent=1))
    return 0


def errors(root: Path, names: list[str], pairs: list[list[str]], model: Embedder) -> dict[str, object]:
    start = time.process_time()
    templates = {}
    for name in names:
        image = decode((root / name).read_bytes())
        face = dominant(image, locate(image))
        if face is not None:
            templates[name] = model.template(image, face.mesh)
    spent = (time.process_time() - start) / len(names)
    kept = sorted(templates)
    people = np.array([name.split("/")[0] for name in kept])
    rows, columns = np.triu_indices(len(kept), 1)
    matrix = all_similarities(model, np.stack([templates[name] for name in kept]))
    scores, same = matrix[rows, columns], people[rows] == people[columns]
    genuine, impostor = scores[same], np.sort(scores[~same])
    listed = [
        (model.similarity(templates[a], templates[b]), s == "1") for a, b, s in pairs if {a, b} <= templates.keys()
    ]
    return {
        "model": model.model.name,
        "pictures": len(names),
        "no_face": sorted(set(names) - set(kept)),
        "genuine": len(genuine),
        "impostors": len(impostor),
        "rates": [at_rate(rate, genuine, impostor) for rate in RATES],
        "pairs": len(listed),
        "pair_accuracy_best_threshold": best_accuracy(listed),
        "cpu_ms_per_picture": round(spent * 1000, 1),
    }


def all_similarities(model: Embedder, templates: np.ndarray) -> np.ndarray:
    product = templates.astype(np.float64) @ templates.astype(np.float64).T
    if model.face.metric == "cosine":
        return product
    squares = np.diag(product)
    return 1.0 - np.sqrt(np.maximum(squares[:, None] + squares[None] - 2 * product, 0.0))


def at_rate(rate: float, genuine: np.ndarray, impostor: np.ndarray) -> dict[str, float]:
    """The similarity that only ``rate`` of the impostors reach, and what share of genuine pairs stays below it."""
    similarity = float(impostor[len(impostor) - int(len(impostor) * rate) - 1])
    missed = float((genuine <= similarity).mean())
    return {
        "false_match_rate": rate,
        "similarity": round(similarity, 4),
        "false_non_match_rate": round(missed, 4),
    }


def best_accuracy(listed: list[tuple[float, bool]]) -> float:
    scores, same = np.array([s for s, _ in listed]), np.array([t for _, t in listed])
    return round(max(float(((scores >= t) == same).mean()) for t in np.unique(scores)), 4)


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
