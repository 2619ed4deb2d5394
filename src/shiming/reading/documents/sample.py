"""Writes a made-up person's documents and selfie: ``python -m shiming.reading.documents.sample OUTDIR --seed N``."""

from __future__ import annotations

import argparse
import io
import json
import sys
from dataclasses import asdict
from pathlib import Path

from PIL import Image, ImageOps

from shiming.reading.documents import portraits
from shiming.reading.documents._drawing import photocopy, photograph
from shiming.reading.documents._people import SamplePerson, person
from shiming.reading.documents.cn_resident_id import sample as resident_id
from shiming.reading.documents.passport import sample as passport


def sample_person(seed: int) -> SamplePerson:
    """The person of that seed as ``sample_set`` shows them: a woman born 1960-1999, since the portraits show women."""
    base = person(seed, sex="F")
    if base.date_of_birth.year >= 1960:
        return base
    return person(seed, sex="F", date_of_birth=base.date_of_birth.replace(year=base.date_of_birth.year + 20))


def sample_set(seed: int, *, portrait: str = "collins") -> dict[str, bytes]:
    """Pictures of that person's documents as JPEG, by name: front, back, passport, photocopy-front, selfie, holding."""
    who, picture = sample_person(seed), portraits.portrait(portrait)
    card, page = resident_id.draw(who, picture), passport.draw(who, picture)
    return {
        "front": photograph(card["front"], background="wood", skew=2, tilt=5, seed=seed),
        "back": photograph(card["back"], background="wood", skew=-2, tilt=4, seed=seed + 1),
        "passport": photograph(page["front"], background="dark", skew=1, tilt=4, seed=seed + 2, scale=0.86),
        "photocopy-front": photograph(photocopy(card["front"], seed=seed), background="plain", seed=seed + 3),
        "selfie": portraits.selfie(portrait, seed=seed),
        "holding": _holding(card["front"], portraits.selfie(portrait, seed=seed)),
    }


_SCENE, _WALL = (2000, 1500), (176, 170, 160)


def _holding(card: Image.Image, selfie: bytes) -> bytes:
    """The person with the card beside the face, as JPEG. Put together from both pictures: nobody's hand is in it."""
    scene = Image.new("RGB", _SCENE, _WALL)
    person = Image.open(io.BytesIO(selfie)).convert("RGB")
    scene.paste(ImageOps.contain(person, (1000, 1300)), (20, 150))
    held = card.convert("RGB").rotate(3, expand=True, fillcolor=_WALL, resample=Image.Resampling.BICUBIC)
    scene.paste(ImageOps.contain(held, (1000, 700)), (980, 650))
    out = io.BytesIO()
    scene.save(out, "JPEG", quality=90)
    return out.getvalue()


def main(argv: list[str] | None = None) -> int:
    """Writes the pictures and ``person.json`` (what stands on the documents)."""
    parser = argparse.ArgumentParser(prog="python -m shiming.reading.documents.sample", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="OUTDIR")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same person")
    parser.add_argument("--portrait", default="collins", choices=(*portraits.names(), *portraits.names(human=False)))
    args = parser.parse_args(argv)
    args.folder.mkdir(parents=True, exist_ok=True)
    for name, picture in sample_set(args.seed, portrait=args.portrait).items():
        (args.folder / f"{name}.jpg").write_bytes(picture)
    known = {key: value if value is None else str(value) for key, value in asdict(sample_person(args.seed)).items()}
    (args.folder / "person.json").write_text(json.dumps(known, ensure_ascii=False, indent=1), "utf-8")
    print(f"wrote {args.folder}", file=sys.stderr)  # noqa: T201 - a program's word to its caller
    return 0


if __name__ == "__main__":
    sys.exit(main())
