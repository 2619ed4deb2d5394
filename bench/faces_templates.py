"""The pictures of the bench of faces, and their templates by one chain."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

from faces_chains import Chain
from faces_idlike import portrait

from shiming.intake.pictures import decode
from shiming.reading.vision.face import locate
from shiming.reading.vision.face_runtime import Array

_PAIRS_A_FOLD = 600


@dataclass(frozen=True, slots=True)
class Pictures:
    """A folder like ``faces/lfw``: its pictures, their folds by place in the list, and the listed pairs."""

    root: Path
    names: tuple[str, ...]
    fold: dict[str, int]
    pairs: tuple[tuple[str, str, bool], ...]

    @classmethod
    def of(cls, root: Path, *, every: int = 1) -> Pictures:
        """The folder's pictures; of every ``every``-th person only."""
        rows = [line.split("\t") for line in (root / "pairs.tsv").read_text("utf-8").splitlines()]
        fold: dict[str, int] = {}
        for place, (a, b, _) in enumerate(rows):
            fold.setdefault(a, place // _PAIRS_A_FOLD + 1)
            fold.setdefault(b, place // _PAIRS_A_FOLD + 1)
        people = set(sorted({name.split("/")[0] for name in fold})[::every])
        names = tuple(sorted(name for name in fold if name.split("/")[0] in people))
        kept = set(names)
        pairs = tuple((a, b, same == "1") for a, b, same in rows if {a, b} <= kept)
        return cls(root, names, {name: fold[name] for name in names}, pairs)


@dataclass(slots=True)
class Templates:
    """Templates by picture's name, of the press pictures and of the ID-like ones; what was not found is missing."""

    clean: dict[str, Array] = field(default_factory=dict)
    idlike: dict[str, Array] = field(default_factory=dict)
    cpu_ms: float = 0.0
    """CPU milliseconds of finding and embedding one face of a press picture, median; decoding not counted."""


def embed(chain: Chain, pictures: Pictures) -> Templates:
    """All templates. What the ID-like pictures are made by is the product's mesh, the same for every chain."""
    found, spent = Templates(), list[float]()
    for name in pictures.names:
        image = decode((pictures.root / name).read_bytes())
        start = time.process_time()
        template = chain.template(image, document=False)
        spent.append(time.process_time() - start)
        if template is not None:
            found.clean[name] = template
        faces = locate(image)
        if faces and (template := chain.template(portrait(image, faces[0].mesh, name), document=True)) is not None:
            found.idlike[name] = template
    found.cpu_ms = round(statistics.median(spent) * 1000, 1)
    return found
