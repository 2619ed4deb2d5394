"""The bench of faces as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def text(found: dict[str, Any]) -> Iterator[str]:
    """The whole report."""
    yield from [
        "# Face comparison on Labeled Faces in the Wild",
        "",
        "`SHIMING_TESTDATA=... make bench-faces`",
        "",
        f"{found['pictures']} pictures of {found['people']} people, {found['folds']} folds of the official list. Mostly",
        "Western public figures photographed by the press; no split by sex, age or origin was measured. *ID-like*: one side",
        "made a portrait of 100 x 126 pixels, blurred, flat, noisy, JPEG 60; no ageing, no security print:",
        "real documents are worse.",
        "FMR: false matches among impostor pairs. FNMR: genuine pairs missed, those with a face not found among them.",
        "",
    ]
    for chain in found["chains"]:
        yield from _chain(chain)


def _chain(chain: dict[str, Any]) -> Iterator[str]:
    clean, idlike = chain["counts"]["clean"], chain["counts"]["idlike"]
    yield from [f"## {chain['name']}", "", "Thresholds fitted on the clean impostor pairs of all folds:", ""]
    yield from _table(chain["rates"])
    yield from [
        "",
        f"Clean: {clean['genuine']} genuine, {clean['impostor']} impostor pairs; ID-like: {idlike['genuine']} and "
        f"{idlike['impostor']}. Faces not found: {chain['not_found']['clean']} clean, {chain['not_found']['idlike']} ID-like. "
        f"{chain['pairs']} listed pairs: {chain['pair_accuracy_best_threshold']:.2%} right at the best threshold. "
        f"{chain['cpu_ms']} ms CPU a face, found and embedded (median, one thread).",
        "",
        "FNMR of ID-like pairs where the threshold is fitted on ID-like impostors: "
        + ", ".join(f"{r['missed']:.1%} at FMR {r['false_match_rate']:g}" for r in chain["own_rates"])
        + ".",
        "",
        "Each fold by the thresholds of the other folds (people the threshold was not fitted on):",
        "",
    ]
    yield from _table(chain["across"], fold=True)
    if "others" in chain:
        yield from ["", "The other folds by the thresholds above:", ""]
        yield from _table(chain["others"])
    yield ""


def _table(rows: list[dict[str, Any]], *, fold: bool = False) -> Iterator[str]:
    head = ["threshold for FMR", "similarity", "FMR clean", "FNMR clean", "FMR ID-like", "FNMR ID-like"]
    yield "| " + " | ".join((["fold"] if fold else []) + head) + " |"
    yield "|" + "---|" * (len(head) + fold)
    for row in rows:
        cells = [str(row["fold"])] if fold else []
        cells += [f"{row['false_match_rate']:g}", f"{row['similarity']:.4f}"]
        for name in ("clean", "idlike"):
            one = row[name]
            cells.append(f"{one['false_match_rate']:.2g} ({one['false_matches']})")
            cells.append(f"{one['false_non_match_rate']:.1%} ({one['missed']}/{one['genuine']})")
        yield "| " + " | ".join(cells) + " |"
