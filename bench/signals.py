"""Signals of quality and authenticity: how often each is given where it should be, and where it should not.

``run.py signals`` reports on the report's people; ``signals.py --people N`` prints the table of people that may be tuned on.
Each fault is drawn in degrees: what a person can still read must not be asked for again. Good captures are the clean and
readable cases of ``reading.toml``.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import reading_pictures as drawing
import signals_fingers as fingers
import signals_light as light
import signals_pictures as pictures
import signals_screens as screens
from reading_score import table as markdown

from shiming import checks
from shiming.cli import main as shiming
from shiming.reading import timing
from shiming.reading.documents import portraits

_TOLD = ("fail", "warn")
_ALWAYS = {"DOC_SPECIMEN_OR_TEMPLATE"}
"""Drawn passports are marked as specimens, as they must be; it is no false alarm."""
Make = Callable[[int, str], bytes]


@dataclass(frozen=True, slots=True)
class Trial:
    """Ways to make a picture with a fault, by name; people take them by turns.

    ``code``: the signal, ``also``: one that says as much; ``degree``: how much of the fault; ``wanted``: whether the signal
    should be given at this degree.
    """

    code: str
    degree: str
    wanted: bool
    ways: Mapping[str, Make]
    sides: tuple[str, ...] = pictures.SIDES
    slot: str | None = None
    also: str | None = None


def _photo(**how: Any) -> Make:
    return lambda seed, side: pictures.photo(pictures.document(seed, side), seed, **how)


def _drawn(make: Callable[..., bytes], *more: Any) -> Make:
    return lambda seed, side: make(pictures.document(seed, side), seed, *more)


def _portrait(make: Callable[[int], Any]) -> Make:
    return lambda seed, side: pictures.with_portrait(pictures.document(seed, side), seed, side, make(seed))


def _without(instead: str) -> Make:
    return lambda seed, side: pictures.without_portrait(pictures.document(seed, side), seed, side, instead)


def _several(layout: str) -> Make:
    return lambda seed, side: pictures.several(seed, side, layout)


_CARD, _FRONTS = ("front", "back"), ("front", "passport")
TRIALS: tuple[Trial, ...] = (
    Trial("IMG_BLUR", "light", False, {"1.5 px": _photo(blur=1.5), "motion 7 px": _photo(motion=7)}),
    Trial("IMG_BLUR", "strong", True, {
        "5 px": _photo(blur=5), "motion 25 px": _photo(motion=25), "enlarged thumbnail": _drawn(pictures.thumbnail)}),
    Trial("IMG_GLARE", "light", False, {"beside the text, 3 % of the document": _photo(glare=0.03)}),
    Trial("IMG_GLARE", "over print", True, {
        "lamp": _drawn(light.lamp), "window": _drawn(light.window), "small lamps": _drawn(light.lamps)}),
    Trial("IMG_DARK", "light", False, {
        "0.4 of the light": _photo(dark=0.6, noise=8), "half of the light": _photo(dark=0.5, noise=4)}),
    Trial("IMG_DARK", "strong", True, {
        "0.12 of the light": _photo(dark=0.88, noise=8), "0.16, much noise": _photo(dark=0.84, noise=14),
        "0.08": _photo(dark=0.92, noise=5)}),
    Trial("IMG_OVEREXPOSED", "light", False, {"1.15 times the light": _drawn(pictures.brighter, 1.15)}),
    Trial("IMG_OVEREXPOSED", "strong", True, {
        "2.2 times the light": _drawn(pictures.brighter, 2.2), "3 times": _drawn(pictures.brighter, 3),
        "light into the lens": _drawn(light.haze)}),
    Trial("IMG_SHADOW", "light", False, {"takes a third of the light": _photo(shadow=0.35)}),
    Trial("IMG_SHADOW", "strong", True, {
        "takes three quarters": _photo(shadow=0.75), "four fifths": _photo(shadow=0.8),
        "nine tenths": _photo(shadow=0.9)}),
    Trial("IMG_LOW_RES", "light", False, {"640 px wide": _photo(frame=[800, 600], card=640)}),
    Trial("IMG_LOW_RES", "strong", True, {
        "300 px wide": _photo(frame=[380, 285], card=300), "340": _photo(frame=[400, 300], card=340),
        "220": _photo(frame=[290, 220], card=220)}),
    Trial("DOC_TOO_SMALL", "light", False, {"600 px in a large picture": _photo(card=600)}),
    Trial("DOC_TOO_SMALL", "strong", True, {
        "320 px in a large picture": _photo(card=320), "350": _photo(card=350), "260": _photo(card=260)}),
    Trial("DOC_SKEWED", "light", False, {
        "leaning 25 degrees": _photo(tilt=25), "turned 35": _photo(skew=35, card=900), "leaning 38": _photo(tilt=38)}),
    Trial("DOC_SKEWED", "strong", True, {
        "leaning 56 degrees": _photo(tilt=56), "60": _photo(tilt=60), "64": _photo(tilt=64)}),
    Trial("DOC_CUT_OFF", "strong", True, {
        "8 % of it outside": _drawn(pictures.cut_off, 0.08), "20 %": _drawn(pictures.cut_off, 0.20),
        "a corner, 7 %": _drawn(pictures.corner_off, 0.07)}),
    Trial("DOC_OCCLUDED", "light", False, {"held by its edge": _drawn(fingers.finger, "edge")}),
    Trial("DOC_OCCLUDED", "over print", True, {
        "a finger": _drawn(fingers.finger, "value"), "two fingers": _drawn(fingers.finger, "two"),
        "a thumb from a corner": _drawn(fingers.finger, "corner")}),
    Trial("DOC_COPY", "black and white", True, {
        light_name: _drawn(pictures.copy, light_name) for light_name in ("white", "warm", "dim")}),
    Trial("DOC_SCREEN", "shown on a screen", True, {kind: _drawn(screens.screen, kind) for kind in screens.KINDS}),
    Trial("DOC_MULTIPLE_IN_FRAME", "two documents", True, {
        layout: _several(layout) for layout in pictures.LAYOUTS}),
    Trial("DOC_NO_PORTRAIT", "hidden", True, {
        "paper in its place": _without("paper"), "a black bar": _without("bar"), "a note": _without("note")}, _FRONTS),
    Trial("PORTRAIT_NOT_HUMAN", "no person (DOC_NO_PORTRAIT says as much)", True, {
        "cat": _portrait(lambda seed: portraits.portrait("cat")), "cartoon": _portrait(pictures.cartoon),
        "animal, drawn": _portrait(lambda seed: portraits.portrait("drawn"))}, _FRONTS,
        also="DOC_NO_PORTRAIT"),
    Trial("DOC_SPECIMEN_OR_TEMPLATE", "the word in print", True, {"on a card": _drawn(pictures.specimen)}, _CARD),
    Trial("DOC_WRONG_SIDE", "the other side", True, {"of a card": _photo()}, _CARD, "other"),
)  # fmt: skip
"""Same side twice is measured on pairs (``_twice``), a picture without a document on tables and photos of people."""


def told(jpeg: bytes, folder: Path, side: str | None = None) -> dict[str, str]:
    """What ``shiming read`` says of a picture: outcome by code of what it says is amiss."""
    return {f["code"]: f["outcome"] for f in _read(jpeg, folder, side)["findings"] if f["outcome"] in _TOLD}


def _read(jpeg: bytes, folder: Path, side: str | None = None) -> dict[str, Any]:
    path = folder / "picture.jpg"
    path.write_bytes(jpeg)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        shiming(["read", "--json", *(["--side", side] if side else []), str(path)])
    return dict(json.loads(out.getvalue()))


@dataclass(slots=True)
class _Tally:
    """Of one way: how many pictures were made, on how many the signal was given, and what else was."""

    trial: Trial
    way: str
    made: int = 0
    hit: int = 0
    beside: Counter[str] = field(default_factory=Counter)


def _hits(seeds: Sequence[int], folder: Path, codes: Sequence[str]) -> Iterator[_Tally]:
    for trial in (t for t in TRIALS if not codes or t.code in codes):
        tallies = [_Tally(trial, way) for way in trial.ways]
        for turn, seed in enumerate(seeds):
            tally = tallies[turn % len(tallies)]
            side = trial.sides[turn // len(tallies) % len(trial.sides)]
            asked = {"front": "back", "back": "front"}[side] if trial.slot == "other" else None
            found = told(trial.ways[tally.way](seed, side), folder, asked)
            given = bool({trial.code, trial.also} & set(found))
            tally.made += 1
            tally.hit += given
            tally.beside.update(set(found) - {trial.code} - _ALWAYS)
            if given != trial.wanted:
                print(f"{trial.code} {tally.way}: {seed} {side}: {sorted(found)}", file=sys.stderr, flush=True)
        yield from (tally for tally in tallies if tally.made)


def _false(seeds: Sequence[int], folder: Path) -> tuple[dict[str, Counter[str]], Counter[str], float]:
    """Codes told of good captures by class, how many there were, and the milliseconds CPU that measuring one took."""
    alarms, count, spent = defaultdict[str, Counter[str]](Counter), Counter[str](), 0.0
    good = [c["name"] for c in drawing.GRID["case"] if c["class"] != "beyond" and not c.get("photocopy")]
    for picture in drawing.draw(drawing.plan(seeds, good, pictures.SIDES)):
        with timing.collect() as steps:
            found = told(picture.jpeg, folder)
        spent += steps.get("quality", 0.0)
        count[picture.klass] += 1
        for code in set(found) - _ALWAYS:
            alarms[picture.klass][code] += 1
            print(f"good, but {code}: {picture.name}", file=sys.stderr, flush=True)
    return alarms, count, spent / max(1, sum(count.values()))


def _empty(seeds: Sequence[int], folder: Path) -> Iterator[tuple[str, int, int, int]]:
    """Pictures without a document: how often that is what is said, and how often nothing else is."""
    shown = {"tables": [pictures.tables(seed) for seed in seeds]}
    people = _people(len(seeds))
    if people:
        shown["photos of people (LFW), enlarged"] = people
    for name, jpegs in shown.items():
        found = [told(jpeg, folder) for jpeg in jpegs]
        yield (
            name,
            len(found),
            sum("DOC_NOT_FOUND" in f for f in found),
            sum(set(f) == {"DOC_NOT_FOUND"} for f in found),
        )


def _faces(count: int) -> list[Any]:
    """Photographs of people from Labeled Faces in the Wild, 250 pixels wide; none where they are not here."""
    root = os.environ.get("SHIMING_TESTDATA")
    files = sorted(Path(root, "faces", "lfw").rglob("*.jpg"))[::7][:count] if root else []
    return [drawing.Image.open(file).convert("RGB") for file in files]


def _as_portraits(seeds: Sequence[int], folder: Path) -> Counter[str]:
    """Codes of the portrait told of documents that bear the photographs of many people, and how many there were."""
    found = Counter[str]()
    for turn, (seed, face) in enumerate(zip(seeds, _faces(len(seeds)), strict=False)):
        side = _FRONTS[turn % 2]
        portrait = face.crop((45, 20, 205, 220))
        codes = told(pictures.with_portrait(pictures.document(seed, side), seed, side, portrait), folder)
        found.update({"made", *(set(codes) & {"PORTRAIT_NOT_HUMAN", "DOC_NO_PORTRAIT"})})
    return found


def _people(count: int) -> list[bytes]:
    found = []
    for image in _faces(count):
        out = io.BytesIO()
        image.resize((image.width * 4, image.height * 4), drawing.Image.Resampling.BICUBIC).save(
            out, "JPEG", quality=92
        )
        found.append(out.getvalue())
    return found


def _twice(seeds: Sequence[int]) -> list[tuple[str, int, int]]:
    """Pairs whose looks are as near as ``quality.look``: the same picture saved again, the other side, another capture."""
    from shiming.intake.pictures import decode
    from shiming.reading.vision import look

    most = checks.limits()["quality.look"]
    near = Counter[str]()
    for seed in seeds:
        front = pictures.photo(pictures.document(seed, "front"), seed)
        others = {
            "the same picture saved again": pictures.saved_again(front, seed),
            "its back on the same table": pictures.photo(pictures.document(seed, "back"), seed),
            "the same side captured again": pictures.photo(pictures.document(seed, "front"), seed, skew=2, tilt=3),
            "another person's front on the same table": pictures.photo(pictures.document(seed + 1, "front"), seed),
        }
        mine = int(look.of(decode(front)), 16)
        for name, other in others.items():
            near[name] += (mine ^ int(look.of(decode(other)), 16)).bit_count() <= most
    return [(name, near[name], len(seeds)) for name in others]


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole}"


def _signals(seeds: Sequence[int], folder: Path, codes: Sequence[str]) -> Iterator[str]:
    rows = [
        (
            tally.trial.code,
            f"{tally.trial.degree}: {tally.way}",
            "yes" if tally.trial.wanted else "no",
            _share(tally.hit, tally.made),
            _beside(tally.beside),
        )
        for tally in _hits(seeds, folder, codes)
    ]
    yield "How often each signal is given, at the limits of `checks/limits.toml`."
    yield "`yes`: it should be, `no`: the picture can still be read."
    yield ""
    yield from markdown(("signal", "picture", "should be given", "given", "given beside it"), rows)


def _false_alarms(seeds: Sequence[int], folder: Path) -> Iterator[str]:
    alarms, count, spent = _false(seeds, folder)
    codes = sorted({code for found in alarms.values() for code in found})
    rows = [(code, *(_share(alarms[klass][code], count[klass]) for klass in ("clean", "readable"))) for code in codes]
    yield "False alarms on good captures (the clean and readable cases of `reading.toml`, but copies), fronts, backs, passports."
    yield f"No other signal was given. Measuring one side costs {spent:.0f} ms CPU on average."
    yield ""
    yield from markdown(
        ("signal", "clean", "readable"), rows or [("none", _share(0, count["clean"]), _share(0, count["readable"]))]
    )


def _portraits_of_people(seeds: Sequence[int], folder: Path) -> Iterator[str]:
    people = _as_portraits(seeds, folder)
    if people["made"]:
        yield "Photographs of people (LFW) as the portraits of cards and passports, which they should be taken for:"
        yield ""
        codes = ("DOC_NO_PORTRAIT", "PORTRAIT_NOT_HUMAN")
        yield from markdown(codes, [tuple(_share(people[code], people["made"]) for code in codes)])


def _no_document(seeds: Sequence[int], folder: Path) -> Iterator[str]:
    yield "Pictures without a document:"
    yield ""
    yield from markdown(
        ("picture", "DOC_NOT_FOUND", "and nothing else"),
        [(name, _share(hit, n), _share(alone, n)) for name, n, hit, alone in _empty(seeds, folder)],
    )


def _pairs(seeds: Sequence[int]) -> Iterator[str]:
    yield "One picture for two sides (`DOC_SAME_SIDE_TWICE`) by looks; by print, sides are told apart as in `DOC_WRONG_SIDE`:"
    yield ""
    yield from markdown(("pair", "looks the same"), [(name, _share(hit, n)) for name, hit, n in _twice(seeds)])


SECTIONS = ("signals", "false-alarms", "people", "empty", "twice")


def table(seeds: Sequence[int], sections: Sequence[str] = SECTIONS, codes: Sequence[str] = ()) -> Iterator[str]:
    """The report, as Markdown lines: these of its sections, of the signals those with these codes, or all."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        made: dict[str, Callable[[], Iterator[str]]] = {
            "signals": lambda: _signals(seeds, folder, codes),
            "false-alarms": lambda: _false_alarms(seeds, folder),
            "people": lambda: _portraits_of_people(seeds, folder),
            "empty": lambda: _no_document(seeds, folder),
            "twice": lambda: _pairs(seeds),
        }
        for section in sections:
            yield from made[section]()
            yield ""
    yield f"{len(seeds)} people, seeds {seeds[0]} to {seeds[-1]}."


def _beside(found: Counter[str]) -> str:
    return ", ".join(f"{code} {n}" for code, n in found.most_common(4)) or "-"


def report_seeds(people: int) -> list[int]:
    """The first people of the report."""
    return list(range(drawing.GRID["seeds"]["report"][0], drawing.GRID["seeds"]["report"][0] + people))


def main() -> int:
    """Prints the table for the people that may be tuned on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=12)
    parser.add_argument(
        "--first", type=int, default=1, help="the first person's seed; those of the report only by run.py"
    )
    parser.add_argument("--only", action="append", choices=SECTIONS, help="some sections; a whole run takes an hour")
    parser.add_argument("--code", action="append", default=[], help="of the signals, only these")
    args = parser.parse_args()
    seeds = range(args.first, args.first + args.people)
    print("\n".join(table(seeds, args.only or SECTIONS, args.code)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
