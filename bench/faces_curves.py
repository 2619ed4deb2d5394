"""Error rates from templates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from faces_templates import Pictures, Templates

RATES = (1e-2, 1e-3, 1e-4, 1e-5)
_LEAST_IMPOSTORS = 10
"""So many impostor pairs must lie above a threshold, or its false-match rate is nothing but chance."""
Scores = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """Similarities of genuine and impostor pairs; a genuine pair with a face not found is at minus infinity."""

    genuine: Scores
    impostor: Scores


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """All pairs of a set: similarity matrices by place in ``names``, ``nan`` where a face was not found."""

    pictures: Pictures
    templates: Templates
    clean: Scores
    idlike: Scores
    """Press picture (row) against ID-like picture (column)."""

    @classmethod
    def of(cls, pictures: Pictures, templates: Templates, metric: str) -> Scored:
        clean = _stacked(pictures, templates.clean)
        return cls(
            pictures,
            templates,
            _similarities(clean, clean, metric),
            _similarities(clean, _stacked(pictures, templates.idlike), metric),
        )

    def kinds(self, folds: set[int] | None = None) -> dict[str, Kind]:
        """The pairs within ``folds`` (all where None), clean and ID-like."""
        inside = np.array([folds is None or self.pictures.fold[name] in folds for name in self.pictures.names])
        people = np.array([name.split("/")[0] for name in self.pictures.names])
        same = people[:, None] == people[None, :]
        use = inside[:, None] & inside[None, :]
        once = np.triu(use, 1)
        both = use & ~np.eye(len(people), dtype=bool)
        return {"clean": _kind(self.clean, once, same), "idlike": _kind(self.idlike, both, same)}


def figures(scored: Scored) -> dict[str, Any]:
    """Of one chain: what was not found, counts, thresholds of the clean pairs at each rate and what is missed there."""
    kinds = scored.kinds()
    total = len(scored.pictures.names)
    return {
        "not_found": {"clean": total - len(scored.templates.clean), "idlike": total - len(scored.templates.idlike)},
        "counts": {name: {"genuine": len(k.genuine), "impostor": len(k.impostor)} for name, k in kinds.items()},
        "rates": [_at(rate, kinds) for rate in RATES if len(kinds["clean"].impostor) * rate >= _LEAST_IMPOSTORS],
        "own_rates": [_at_own(rate, kinds["idlike"]) for rate in RATES],
        "pairs": len(scored.pictures.pairs),
        "pair_accuracy_best_threshold": _best_accuracy(scored),
        "cpu_ms": scored.templates.cpu_ms,
    }


def cross(scored: Scored) -> list[dict[str, Any]]:
    """Each fold by the threshold that the other folds' clean pairs gave: people the threshold was not fitted on."""
    folds = set(scored.pictures.fold.values())
    found = []
    for fold in sorted(folds):
        fitted, tried = scored.kinds(folds - {fold}), scored.kinds({fold})
        for rate in RATES:
            if len(fitted["clean"].impostor) * rate >= _LEAST_IMPOSTORS:
                threshold = similarity_at(rate, fitted["clean"].impostor)
                found.append({"fold": fold, **_held(tried, threshold, rate)})
    return found


def held(scored: Scored, threshold: float, rate: float) -> dict[str, Any]:
    """A threshold that was fixed elsewhere for ``rate``, on this set."""
    return _held(scored.kinds(), threshold, rate)


def similarity_at(rate: float, impostor: Scores) -> float:
    """The similarity above which only ``rate`` of the impostors lie."""
    ordered = np.sort(impostor)
    return float(ordered[len(ordered) - int(len(ordered) * rate) - 1])


def _at(rate: float, kinds: dict[str, Kind]) -> dict[str, Any]:
    threshold = similarity_at(rate, kinds["clean"].impostor)
    # As the registry keeps it; what is missed is counted at the rounded threshold, as the product would.
    return _held(kinds, round(threshold + 0.00005, 4), rate)


def _at_own(rate: float, kind: Kind) -> dict[str, float]:
    threshold = similarity_at(rate, kind.impostor)
    return {
        "false_match_rate": rate,
        "similarity": round(threshold, 4),
        "missed": round(float((kind.genuine <= threshold).mean()), 4),
    }


def _held(kinds: dict[str, Kind], threshold: float, rate: float) -> dict[str, Any]:
    row: dict[str, Any] = {"false_match_rate": rate, "similarity": round(threshold, 4)}
    for name, kind in kinds.items():
        false, missed = int((kind.impostor >= threshold).sum()), int((kind.genuine < threshold).sum())
        row[name] = {
            "false_matches": false,
            "impostor": len(kind.impostor),
            "false_match_rate": float(f"{false / max(len(kind.impostor), 1):.3g}"),
            "missed": missed,
            "genuine": len(kind.genuine),
            "false_non_match_rate": round(missed / max(len(kind.genuine), 1), 4),
        }
    return row


def _kind(matrix: Scores, use: np.ndarray, same: np.ndarray) -> Kind:
    genuine = matrix[use & same]
    impostor = matrix[use & ~same]
    return Kind(np.where(np.isnan(genuine), -np.inf, genuine), impostor[~np.isnan(impostor)])


def _stacked(pictures: Pictures, templates: dict[str, Any]) -> Scores:
    width = len(next(iter(templates.values())))
    missing = np.full(width, np.nan)
    return np.stack([np.asarray(templates.get(name, missing), np.float64) for name in pictures.names])


def _similarities(a: Scores, b: Scores, metric: str) -> Scores:
    product = a @ b.T
    if metric == "cosine":
        return product
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2 * product
    return np.asarray(1.0 - np.sqrt(np.maximum(squares, 0.0)))


def _best_accuracy(scored: Scored) -> float:
    """Of the listed pairs, at the best threshold; a pair with a face not found is wrong at any."""
    place = {name: at for at, name in enumerate(scored.pictures.names)}
    scores = np.array([scored.clean[place[a], place[b]] for a, b, _ in scored.pictures.pairs])
    same = np.array([s for _, _, s in scored.pictures.pairs])
    seen = ~np.isnan(scores)
    return round(max(float((((scores >= t) == same) & seen).mean()) for t in np.unique(scores[seen])), 4)
