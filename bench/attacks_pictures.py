"""Heads that turn, made of stills: a 468-point mesh with its depth, rotated, the picture behind it kept where it is.

What comes out is a session's frames as a camera would give them: jitter, light, noise, JPEG. One still has no back of the head,
no other light and no other expression: this is a stand-in for people before cameras, not a sample of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import cv2
import numpy as np

from shiming.reading.liveness._frames import followed
from shiming.reading.vision.face import Located, locate

WIDTH, HEIGHT = 480, 640
CAMERA = 5.0
"""Distance of the camera in widths of the face."""
Image = np.ndarray[Any, np.dtype[np.uint8]]
Points = np.ndarray[Any, np.dtype[np.float64]]
_RINGS = ((1.25, 0.85, 0.5), (1.7, 0.35, 0.6))
"""Around the face: how far out (of its outline), how much of its motion is taken along, how far back (in face widths)."""


@dataclass(frozen=True)
class Pose:
    """Where the head is: degrees (yaw to the person's own left, pitch down, roll clockwise), shift in pixels, size."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    dx: float = 0.0
    dy: float = 0.0
    scale: float = 1.0


@dataclass(eq=False)
class Head:
    """A still laid out for turning: ``still`` of 480 x 640, its points in space, its triangles."""

    still: Image
    mesh: Points
    points: Points
    follow: Points
    triangles: np.ndarray[Any, np.dtype[np.int64]]
    inner: np.ndarray[Any, np.dtype[np.bool_]] = field(repr=False)

    @property
    def width(self) -> float:
        """Width of the face in pixels."""
        return float(np.ptp(self.mesh[:, 0]))


def framed(still: Image) -> Image:
    """A square still as the middle of an upright frame."""
    side = HEIGHT / min(still.shape[:2])
    large = cv2.resize(still, None, fx=side, fy=side, interpolation=cv2.INTER_CUBIC)
    left = (large.shape[1] - WIDTH) // 2
    return np.ascontiguousarray(large[:HEIGHT, left : left + WIDTH])


def usable(still: Image) -> Located | None:
    """The one face of a still that looks at the camera and is large enough to be turned, or None."""
    picture = framed(still)
    found = locate(picture)
    # Press pictures have bystanders, some half in view: whoever sits for a session is alone.
    if len(found) != 1 or followed([(0, encoded(picture, 90))])[0].faces != 1:
        return None
    m = found[0].face.measures
    # The mesh sees most press pictures looking down a little: 5 degrees in the middle of them.
    straight = abs(m["yaw"]) < 10 and -8 < m["pitch"] < 16 and abs(m["roll"]) < 10
    return found[0] if straight and m["inter_eye"] > 80 and m["cut"] < 0.01 and m["eyes_open"] > 0.15 else None


def head(still: Image) -> Head | None:
    """The still ready for turning, or None where its face does not serve."""
    located = usable(still)
    if located is None:
        return None
    mesh = located.mesh.points.astype(np.float64)
    points, follow = _surrounded(mesh)
    triangles = _delaunay(points[:, :2])
    return Head(framed(still), mesh, points, follow, triangles, (triangles < len(mesh)).all(axis=1))


def _surrounded(mesh: Points) -> tuple[Points, Points]:
    outline = cv2.convexHull(mesh[:, :2].astype(np.float32))[:, 0].astype(np.float64)
    middle, width = outline.mean(axis=0), float(np.ptp(mesh[:, 0]))
    rim = float(np.percentile(mesh[:, 2], 90))
    points, follow = [mesh], [np.ones(len(mesh))]
    for out, share, back in _RINGS:
        flat = middle + (outline - middle) * out
        points.append(np.column_stack([flat, np.full(len(flat), rim + back * width * 0.5)]))
        follow.append(np.full(len(flat), share))
    edge = [(x, y) for x in np.linspace(0, WIDTH - 1, 7) for y in (0, HEIGHT - 1)]
    edge += [(x, y) for y in np.linspace(0, HEIGHT - 1, 9)[1:-1] for x in (0, WIDTH - 1)]
    points.append(np.column_stack([np.array(edge), np.full(len(edge), rim + width)]))
    follow.append(np.zeros(len(edge)))
    every, share = np.concatenate(points), np.concatenate(follow)
    inside = (every[:, 0] >= 0) & (every[:, 0] < WIDTH) & (every[:, 1] >= 0) & (every[:, 1] < HEIGHT)
    inside[: len(mesh)] = True
    return every[inside], share[inside]


def _delaunay(flat: Points) -> np.ndarray[Any, np.dtype[np.int64]]:
    spread = flat + np.random.default_rng(0).normal(0, 1e-3, flat.shape)
    plane = cv2.Subdiv2D((-50, -50, WIDTH + 100, HEIGHT + 100))
    for x, y in spread:
        plane.insert((float(x), float(y)))
    corners = np.asarray(plane.getTriangleList(), np.float64).reshape(-1, 3, 2)
    near = np.linalg.norm(corners[:, :, None] - spread[None, None], axis=3)
    found = near.argmin(axis=2)
    kept = (near.min(axis=2) < 0.05).all(axis=1)
    return np.asarray(found[kept], np.int64)


def rotation(pose: Pose) -> Points:
    """The pose as a matrix: picture axes x right, y down, z away from the camera."""
    yaw, pitch, roll = np.radians([pose.yaw, pose.pitch, pose.roll])
    about_y = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x)


def moved(one: Head, pose: Pose, depth: float = 1.0) -> Points:
    """The points after the pose, in pixels, with their depth. ``depth`` flattens the head (0: a plane)."""
    points = one.points.copy()
    width = one.width
    nose = one.mesh[:, 2].min()
    pivot = np.array([one.mesh[:, 0].mean(), one.mesh[:, 1].mean(), nose + 0.55 * width])
    middle = pivot - (0, 0, 0.55 * width)
    flat = points.copy()
    flat[:, 2] = middle[2] + (flat[:, 2] - middle[2]) * depth
    turned = (flat - pivot) @ rotation(pose).T + pivot
    far = CAMERA * width
    before, after = (far / (far + p[:, 2] - nose) for p in (flat, turned))
    placed = turned.copy()
    placed[:, :2] = middle[:2] + (turned[:, :2] - middle[:2]) * (after / before)[:, None] * pose.scale
    placed[:, :2] += (pose.dx, pose.dy)
    share = one.follow[:, None]
    result = placed.copy()
    result[:, :2] = one.points[:, :2] * (1 - share) + placed[:, :2] * share
    return result


def drawn(source: Image, start: Points, end: Points, triangles: Any, over: Image | None = None) -> Image:
    """``source`` with each triangle carried from ``start`` to ``end``, the far ones first, over a picture."""
    order = np.argsort(-end[triangles][:, :, 2].mean(axis=1))
    below = over if over is not None else source
    # The way back is laid out at half the size and smoothed up: four times faster, and no teeth where the head ends.
    shape = (below.shape[0] // 2, below.shape[1] // 2)
    label = np.zeros(shape, np.float32)
    affine = np.zeros((len(triangles) + 1, 6), np.float32)
    for place, index in enumerate(order, start=1):
        a, b = start[triangles[index]][:, :2], end[triangles[index]][:, :2]
        if _turned_over(a, b):
            continue
        affine[place] = cv2.getAffineTransform(b.astype(np.float32), a.astype(np.float32)).ravel()
        cv2.fillConvexPoly(label, np.round(b * 8).astype(np.int32), float(place), shift=4)
    m = affine[label.astype(np.int32)]
    y, x = np.indices(shape, np.float32) * 2
    maps = [m[..., k] * x + m[..., k + 1] * y + m[..., k + 2] for k in (0, 3)]
    outside = label == 0
    for way, own in zip(maps, (x, y), strict=True):
        way[outside] = own[outside]
    size = (below.shape[1], below.shape[0])
    across, down = (cv2.resize(way, size, interpolation=cv2.INTER_LINEAR) for way in maps)
    out = cv2.remap(source, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if over is None:
        return np.asarray(out, np.uint8)
    mask = cv2.resize((~outside).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return np.where(mask[..., None] > 0, out, below)


def _turned_over(a: Points, b: Points) -> bool:
    def area(t: Points) -> float:
        return float((t[1, 0] - t[0, 0]) * (t[2, 1] - t[0, 1]) - (t[2, 0] - t[0, 0]) * (t[1, 1] - t[0, 1]))

    return area(a) * area(b) <= 0


def posed(one: Head, pose: Pose, depth: float = 1.0) -> Image:
    """The still with its head in that pose, its background where it was."""
    return drawn(one.still, one.points, moved(one, pose, depth), one.triangles)


@dataclass(frozen=True)
class Camera:
    """What a camera adds: shake in pixels, drift of light, noise in levels, JPEG quality."""

    shake: float
    light: float
    noise: float
    quality: int

    @classmethod
    def any(cls, rng: np.random.Generator) -> Camera:
        return cls(
            float(rng.uniform(0.3, 2.0)),
            float(rng.uniform(0.005, 0.04)),
            float(rng.uniform(1.5, 4.0)),
            int(rng.integers(80, 93)),
        )


def taken(pictures: Sequence[Image], camera: Camera, rng: np.random.Generator) -> list[bytes]:
    """The pictures as JPEG of that camera."""
    shake = smooth(rng, len(pictures), 2) * camera.shake
    light = 1 + smooth(rng, len(pictures), 1)[:, 0] * camera.light
    return [
        encoded(shot(p, s, g, camera.noise, rng), camera.quality)
        for p, s, g in zip(pictures, shake, light, strict=True)
    ]


def shot(picture: Image, shake: Points, light: float, noise: float, rng: np.random.Generator) -> Image:
    matrix = np.array([[1, 0, shake[0]], [0, 1, shake[1]]], np.float64)
    size = (picture.shape[1], picture.shape[0])
    seen = cv2.warpAffine(picture, matrix, size, borderMode=cv2.BORDER_REPLICATE).astype(np.float32) * light
    y, x = rng.integers(0, _GRAIN - HEIGHT), rng.integers(0, _GRAIN - WIDTH)
    grain = _grain()[y : y + seen.shape[0], x : x + seen.shape[1]]
    return np.clip(seen + grain * noise, 0, 255).astype(np.uint8)


_GRAIN = 1400


@cache
def _grain() -> Any:
    """A field of noise, as coarse as demosaicing leaves a sensor's; each frame takes another part of it."""
    field = np.random.default_rng(0).standard_normal((_GRAIN, _GRAIN, 3), np.float32)
    return cv2.GaussianBlur(field, (0, 0), 0.7) * 2.2


def encoded(picture: Image, quality: int) -> bytes:
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes())


def smooth(rng: np.random.Generator, count: int, columns: int) -> Points:
    """A random walk that comes back: neighbours differ little, spread about 1."""
    steps = np.zeros((count, columns))
    value = rng.normal(0, 1, columns)
    for row in range(count):
        value = 0.75 * value + 0.66 * rng.normal(0, 1, columns)
        steps[row] = value
    return steps
