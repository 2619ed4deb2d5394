"""Measures the search of one face among many: ``SHIMING_TESTDATA=... python bench/duplicates.py`` (``make bench-duplicates``).

Recall: real faces of Labeled Faces in the Wild, embedded by the product's own pipeline. One picture of each person is kept in
the index; the probe is another picture of the same person, as it is and made like an ID portrait (100 x 126 pixels, blurred,
weaker contrast, noise, JPEG 60). The index is filled up with synthetic strangers whose likeness to the real faces is fitted to
that of real strangers; the fit is printed, since recall among made-up strangers says only as much as the fit is good.

Cost: CPU time of a query (``time.process_time``, one thread), resident memory, and CPU time to open and load the sealed rows of
an encrypted SQLite store. No wall time is taken: machines are shared.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID

import cv2
import numpy as np
import numpy.typing as npt
from sqlalchemy import insert

from shiming.audit.work import Workspace
from shiming.intake import cards
from shiming.intake.pictures import decode
from shiming.pipeline.duplicates import threshold
from shiming.platform.ids import uuid7
from shiming.platform.limits import limit as limit_of
from shiming.platform.settings import Settings
from shiming.reading.models import Model, best_face_model
from shiming.reading.vision.face import dominant, locate
from shiming.reading.vision.face_index import ExactIndex, Space, quantise
from shiming.reading.vision.face_template import embedder
from shiming.registration import store
from shiming.registration.store import moves, templates
from shiming.registration.store import tables as t
from shiming.registration.values import Actor, Role

Vectors = npt.NDArray[np.float32]
SIZES = (10_000, 100_000, 1_000_000)
STORED = (10_000,)
SHOWN = 10
PROBES = 120
OWN = int(limit_of("shiming.pipeline", "faces.own"))
RATES = (1e-3, 1e-4, 1e-5)
PART = 20_000
_ID_SIZE, _ID_BLUR, _ID_CONTRAST, _ID_NOISE, _ID_JPEG = (100, 126), 0.8, 0.85, 5.0, 60
OUT = Path(__file__).resolve().parent / "results" / "duplicates.md"


@dataclass
class People:
    """Faces by person: one that is kept, another picture as probe, and the same made like an ID portrait."""

    kept: Vectors
    owners: list[int]
    """For each probe, the row in ``kept``."""
    probes: Vectors
    id_like: Vectors


def like_an_id(jpeg: bytes, seed: int) -> npt.NDArray[np.uint8]:
    """The picture as a small, soft, noisy portrait, brought back to twice that size."""
    image = decode(jpeg)
    height, width = image.shape[:2]
    cut = image[int(0.12 * height) : int(0.88 * height), int(0.2 * width) : int(0.8 * width)]
    small = cv2.resize(cut, _ID_SIZE, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), _ID_BLUR).astype(np.float32)
    noise = np.random.default_rng(seed).normal(0, _ID_NOISE, small.shape)
    dull = np.clip((small - 128) * _ID_CONTRAST + 128 + noise, 0, 255).astype(np.uint8)
    _, packed = cv2.imencode(".jpg", dull, [cv2.IMWRITE_JPEG_QUALITY, _ID_JPEG])
    again = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    return np.asarray(cv2.resize(again, (2 * _ID_SIZE[0], 2 * _ID_SIZE[1]), interpolation=cv2.INTER_CUBIC), np.uint8)


def people(root: Path, model: Model, most: int, workers: int) -> People:
    """Embeds the set; a person of whose pictures one face does not stand out is left out. Not timed."""
    by_person = defaultdict(list)
    for path in sorted(root.glob("*/*.jpg")):
        by_person[path.parent.name].append(path)
    chosen = [(model.name, paths[:2], n) for n, (_, paths) in enumerate(sorted(by_person.items())[:most])]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        found = [one for one in pool.map(person, chosen, chunksize=8) if one is not None]
    pairs = [(n, one[1], one[2]) for n, one in enumerate(found) if len(one) > 1]
    return People(
        np.stack([one[0] for one in found]),
        [n for n, _, _ in pairs],
        np.stack([probe for _, probe, _ in pairs]),
        np.stack([soft for _, _, soft in pairs]),
    )


def person(asked: tuple[str, list[Path], int]) -> tuple[Vectors, ...] | None:
    """The templates of somebody's first picture and, where there is a second, of that and of it made like an ID portrait."""
    name, paths, seed = asked
    chosen = embedder(name)
    images = [decode(paths[0].read_bytes())]
    if len(paths) > 1:
        jpeg = paths[1].read_bytes()
        images += [decode(jpeg), like_an_id(jpeg, seed)]
    faces = [dominant(image, locate(image)) for image in images]
    templates_of = [
        chosen.template(image, face.mesh) for image, face in zip(images, faces, strict=True) if face is not None
    ]
    return tuple(templates_of) if len(templates_of) == len(images) else None


def strangers_of(real: Vectors, share: float, count: int, rng: np.random.Generator) -> Vectors:
    """Made-up people: each drawn near a random real person's neighbours, plus the spread that real faces have."""
    near = np.argsort(-(real @ real.T), axis=1)[:, 1:9]
    centres = real[near].mean(axis=1)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    spread = np.linalg.cholesky(np.cov(real.T) + 1e-6 * np.eye(real.shape[1])).astype(np.float32)
    noise = rng.normal(size=(count, real.shape[1])).astype(np.float32) @ spread.T
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    drawn = share * centres[rng.integers(len(real), size=count)] + math.sqrt(1 - share**2) * noise
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def at_rates(scores: npt.NDArray[np.float32]) -> list[float]:
    """The similarity that only so many of the pairs reach."""
    ordered = np.sort(scores.ravel())
    return [float(ordered[len(ordered) - int(len(ordered) * rate) - 1]) for rate in RATES]


def fitted(real: Vectors) -> tuple[float, list[float], list[float]]:
    """The share at which made-up strangers are as like real people as other real people are; both ladders of rates."""
    product = real @ real.T
    wanted = at_rates(product[np.triu_indices(len(real), 1)])
    best: tuple[float, float, list[float]] | None = None
    for share in np.arange(0.0, 0.85, 0.05):
        made = strangers_of(real, float(share), 4_000, np.random.default_rng(3))
        got = at_rates(real @ made.T)
        gap = sum(abs(a - b) for a, b in zip(wanted, got, strict=True))
        if best is None or gap < best[0]:
            best = (gap, float(share), got)
    assert best is not None
    return best[1], wanted, best[2]


def ids(count: int) -> list[str]:
    return [str(UUID(int=n + 1)) for n in range(count)]


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass
class Row:
    """What was measured with so many faces in the index."""

    size: int
    memory_mb: float
    query_ms: float
    query_worst_ms: float
    recall: dict[str, tuple[float, float, float, float]]
    """By kind of probe: rank 1, among those shown and over the limit, over the limit at all, other people shown a search."""


def measured(space: Space, faces: People, share: float, limit: float) -> list[Row]:
    """One index that grows; what it finds and costs at each size."""
    names, rng = ids(max(SIZES)), np.random.default_rng(11)
    before, index = resident_mb(), ExactIndex(space)
    index.add(names[: len(faces.kept)], np.stack([quantise(v, space.clip) for v in faces.kept]))
    rows = []
    for size in SIZES:
        while len(index) < size:
            count = min(PART, size - len(index))
            made = strangers_of(faces.kept, share, count, rng)
            start = len(index)
            index.add(names[start : start + count], quantise(made, space.clip))
        memory = resident_mb() - before
        recall, times = {}, []
        for kind, probes in (("another picture", faces.probes), ("ID-like", faces.id_like)):
            counted, spent = searched(
                index, probes, faces.owners, names, limit, space.clip, 40 if size > 100_000 else 400
            )
            recall[kind] = counted
            times += spent
        rows.append(Row(size, memory, 1e3 * float(np.median(times)), 1e3 * max(times), recall))
    return rows


def searched(
    index: ExactIndex, probes: Vectors, owners: list[int], names: list[str], limit: float, clip: float, most: int
) -> tuple[tuple[float, float, float, float], list[float]]:
    first = shown = over = others = 0
    times = []
    step = max(len(probes) // most, 1)
    chosen = range(0, len(probes), step)
    for n in chosen:
        codes = quantise(probes[n], clip)
        start = time.process_time()
        index.search(codes, SHOWN + OWN, limit)
        times.append(time.process_time() - start)
        found = index.search(codes, 200, -1.0)
        rank = next((place for place, hit in enumerate(found) if hit.id == names[owners[n]]), None)
        first += rank == 0
        hits = [hit.id for hit in found if hit.similarity >= limit]
        over += names[owners[n]] in hits
        shown += names[owners[n]] in hits[:SHOWN]
        others += len([id for id in hits[:SHOWN] if id != names[owners[n]]])
    total = len(chosen)
    return (first / total, shown / total, over / total, others / total), times


def store_and_load(model: Model, space: Space, made: npt.NDArray[np.int8]) -> tuple[float, float]:
    """CPU microseconds a template to open and load from an encrypted store, and bytes a template on the disk."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.open(Settings(data=Path(folder)))
        registration = _registration(workspace)
        before = sum(path.stat().st_size for path in Path(folder).glob("*.sqlite*"))
        for start in range(0, len(made), 5_000):
            _sealed(workspace, registration, model, made[start : start + 5_000])
        size = sum(path.stat().st_size for path in Path(folder).glob("*.sqlite*")) - before
        began, after, index = time.process_time(), "", ExactIndex(space)
        while True:
            with workspace.read() as work:
                rows = templates.vectors(work, model.sha256, 5_000, after=after)
            if not rows:
                break
            codes = np.frombuffer(b"".join(row.codes for row in rows), np.int8).reshape(len(rows), space.dimensions)
            index.add([row.id for row in rows], codes)
            after = rows[-1].id
        spent = time.process_time() - began
        assert len(index) == len(made)
        workspace.close()
    return 1e6 * spent / len(made), size / len(made)


def _registration(workspace: Workspace) -> str:
    """One registration that all rows of the bench belong to."""
    stock = "number,kind,scheme,product,msisdn,secret\n8986001234567890120,sim,iccid,5g,+8613800138000,4711\n"
    holder = Actor(Role.HOLDER, uuid7())
    with workspace.write() as work:
        cards.import_stock(work, Actor(Role.OFFICER, "bench"), stock)
        card = store.card_by_number(work, "iccid", "8986001234567890120")
        assert card is not None
        made = moves.create(
            work,
            holder,
            programme="carrier-5g",
            card_id=card.id,
            account_id=holder.id,
            language="en",
            form={},
            document="cn-resident-id",
        )
    return made.id


def _sealed(workspace: Workspace, registration: str, model: Model, part: npt.NDArray[np.int8]) -> None:
    """Rows as the product writes them."""
    rows = []
    with workspace.write() as work:
        for codes in part:
            id, key = uuid7(), work.vault.new_key(work.conn, work.issuer, "face-template")
            sealed = work.vault.seal(
                work.conn,
                key,
                issuer=work.issuer,
                table="face_template",
                column="vector_sealed",
                row=id,
                value=codes.tobytes(),
            )
            rows.append(
                {
                    "id": id,
                    "issuer": work.issuer,
                    "key_id": key,
                    "registration_id": registration,
                    "evidence_id": id,
                    "person_blind": bytes(33),
                    "model": model.name,
                    "model_sha256": model.sha256,
                    "vector_sealed": sealed,
                    "created_at": work.now,
                }
            )
        work.conn.execute(insert(t.face_template), rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000, help="at most so many people of the set")
    parser.add_argument("--rate", type=float, default=1e-5, help="the false-match rate that a programme asks for")
    parser.add_argument("--print", action="store_true", help="print the report; without it bench/results is written")
    parser.add_argument("--workers", type=int, default=1, help="processes that embed the set, which is not timed")
    args = parser.parse_args()
    model = best_face_model()[0]
    if model.face is None:
        return 1
    faces = people(Path(os.environ["SHIMING_TESTDATA"]) / "faces" / "lfw", model, args.people, args.workers)
    space = Space("bench", model.sha256, model.face.dimensions, model.face.metric, model.face.clip)
    point = threshold(model.face, args.rate)
    share, wanted, got = fitted(faces.kept)
    rows = measured(space, faces, share, point.similarity)
    made = quantise(strangers_of(faces.kept, share, max(STORED), np.random.default_rng(5)), space.clip)
    loads = {size: store_and_load(model, space, made[:size]) for size in STORED}
    text = "\n".join(report(model, faces, point.similarity, point.false_match_rate, (share, wanted, got), rows, loads))
    if args.print:
        print(text)
    else:
        OUT.write_text(text + "\n", "utf-8")
    return 0


def report(
    model: Model,
    faces: People,
    limit: float,
    rate: float,
    fit: tuple[float, list[float], list[float]],
    rows: list[Row],
    loads: dict[int, tuple[float, float]],
) -> list[str]:
    share, wanted, got = fit
    lines: list[str] = [
        "# One face among many",
        "",
        "`SHIMING_TESTDATA=... make bench-duplicates`",
        "",
        f"Model: {model.name}. Candidates from similarity {limit} (false-match rate {rate:.0e}), {SHOWN} shown at most.",
        f"Kept: one picture each of {len(faces.kept)} people of Labeled Faces in the Wild; {len(faces.probes)} of them are looked"
        " for by another picture. Everybody else in the index is made up.",
        "",
        "## What it finds",
        "",
        "| faces | probe | rank 1 | shown to a reviewer | over the limit | others shown a search | expected: faces x rate |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        for kind, (first, shown, over, others) in row.recall.items():
            lines.append(
                f"| {row.size:,} | {kind} | {first:.1%} | {shown:.1%} | {over:.1%} | {others:.2f} | {row.size * rate:.1f} |"
            )
    lines += [
        "",
        "## What it costs",
        "",
        "| faces | a query, CPU ms (median; worst) | memory of the index, MB | load, CPU s |",
        "|---|---|---|---|",
    ]
    micro = loads[max(loads)][0]
    for row in rows:
        known = loads.get(row.size)
        load = f"{known[0] * row.size / 1e6:.1f}" if known else f"about {micro * row.size / 1e6:.0f} (by the row)"
        lines.append(f"| {row.size:,} | {row.query_ms:.1f}; {row.query_worst_ms:.1f} | {row.memory_mb:.0f} | {load} |")
    lines += [
        "",
        f"Loading opens each sealed row by its own key: {micro:.0f} us a template; {loads[max(loads)][1]:.0f} bytes a template in"
        " SQLite. It is done once a process; after that only what is new is opened. Memory is resident memory against that before"
        " the index was made, the block that a search works in counted. CPU time on a shared machine, one thread.",
        "",
        "## What the set is",
        "",
        "Press pictures, mostly of Western public figures; no relatives, no twins, no ageing of a document's portrait, no"
        " security print: real pairs are harder. The strangers are made: drawn about the neighbours of random real people"
        f" (share {share:.2f}) with the spread of real faces. How alike strangers are, real with real and real with made up:",
        "",
        "| false-match rate | real strangers | made-up strangers |",
        "|---|---|---|",
    ]
    lines += [f"| {r:.0e} | {a:.3f} | {b:.3f} |" for r, a, b in zip(RATES, wanted, got, strict=True)]
    pairs = len(faces.kept) * (len(faces.kept) - 1) // 2
    lines += [
        "",
        f"The real column rests on {pairs:,} pairs: its last row on {pairs * RATES[-1]:.0f}. Of the limit in use see"
        " `reading/models/registry.toml` (folds 1-2, 1,250,180 pairs). Where made-up strangers are less alike there than real"
        " ones, fewer of them are shown than the last column of the first table expects: count on that column.",
    ]
    return lines


if __name__ == "__main__":
    sys.exit(main())
