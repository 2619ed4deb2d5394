"""Sessions of people, and of those who are not who they show: one function a species, each from stills and a challenge.

``right`` in a species' name: the attacker is lucky and has just what the challenge asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import attacks_pictures as ap
import cv2
import numpy as np
from attacks_pictures import Camera, Head, Image, Pose

from shiming.registration.values import Challenge, LiveAction

Rng = np.random.Generator
MOVES: tuple[LiveAction, ...] = ("turn-left", "turn-right", "nod", "closer")


@dataclass(frozen=True)
class Session:
    """Frames with capture times, what was asked, and the session whose frames these are where they were recorded."""

    frames: list[tuple[int, bytes]]
    challenge: Challenge
    recorded: Session | None = None


def challenge(rng: Rng) -> Challenge:
    """As the server makes one: three of the moves in random order, a turn among them."""
    turn: LiveAction = MOVES[int(rng.integers(0, 2))]
    rest = [move for move in MOVES if move != turn]
    picked = [turn, *(rest[i] for i in rng.choice(3, 2, replace=False))]
    return Challenge(tuple(picked[i] for i in rng.permutation(3)))


def other(rng: Rng, asked: Challenge) -> Challenge:
    """Another order than the one asked."""
    while True:
        found = challenge(rng)
        if found.actions != asked.actions:
            return found


@dataclass(frozen=True)
class Play:
    """When frames are taken, and the pose of the head in each."""

    times: list[int]
    poses: list[Pose]


def play(rng: Rng, asked: Challenge, amplitude: float = 1.0) -> Play:
    """A person who follows a challenge in their own time, restless as heads are."""
    gap = float(rng.uniform(220, 400))
    marks: list[tuple[LiveAction, list[float], float]] = []
    clock = float(rng.uniform(400, 900))
    for action in asked.actions:
        clock += float(rng.uniform(250, 700))
        rise, hold, fall = (float(rng.uniform(a, b)) for a, b in ((450, 900), (100, 450), (400, 800)))
        far = {"nod": rng.uniform(14, 22), "closer": rng.uniform(0.26, 0.42)}.get(action, rng.uniform(26, 38))
        marks.append(
            (action, [clock, clock + rise, clock + rise + hold, clock + rise + hold + fall], float(far) * amplitude)
        )
        clock += rise + hold + fall
    times, at = [0], 0.0
    while at < clock + 250:
        at += gap * float(rng.uniform(0.85, 1.15))
        times.append(round(at))
    wander, own = ap.smooth(rng, len(times), 6), rng.normal(0, 1, 3)
    poses = []
    for t, w in zip(times, wander, strict=True):
        pose = Pose(own[0] * 2 + w[0], own[1] * 1.5 + w[1] * 0.8, own[2] + w[2], w[3] * 2, w[4] * 2, 1 + 0.008 * w[5])
        for action, points, far in marks:
            pose = _into(pose, action, far * _bump(t, points))
        poses.append(pose)
    return Play(times, poses)


def _bump(t: float, points: Sequence[float]) -> float:
    share = float(np.interp(t, points, [0, 1, 1, 0]))
    return 0.5 - 0.5 * float(np.cos(np.pi * share))


def _into(pose: Pose, action: LiveAction, far: float) -> Pose:
    if action == "nod":
        return replace(pose, pitch=pose.pitch + far)
    if action == "closer":
        return replace(pose, scale=pose.scale * (1 + far))
    return replace(pose, yaw=pose.yaw + (far if action == "turn-left" else -far))


def _session(
    rng: Rng, times: Sequence[int], pictures: Sequence[Image], asked: Challenge, camera: Camera | None = None
) -> Session:
    taken = ap.taken(pictures, camera or Camera.any(rng), rng)
    return Session(list(zip(times, taken, strict=True)), asked)


def genuine(rng: Rng, victim: Head, _: Head, asked: Challenge) -> Session:
    how = play(rng, asked)
    return _session(rng, how.times, [ap.posed(victim, pose) for pose in how.poses], asked)


def _paper(rng: Rng, still: Image) -> Image:
    """The still as print: less contrast and colour, a halftone, a white margin."""
    inked = cv2.GaussianBlur(still, (0, 0), 0.8).astype(np.float32)
    grey = inked.mean(axis=2, keepdims=True)
    inked = 28 + (grey + (inked - grey) * 0.75) * rng.uniform(0.75, 0.9)
    y, x = np.indices(still.shape[:2])
    inked += (4 * np.sin((x + y) * 1.9) * np.sin((x - y) * 1.9))[..., None]
    sheet = np.full((still.shape[0] + 60, still.shape[1] + 60, 3), rng.uniform(215, 240), np.float32)
    sheet[30:-30, 30:-30] = inked * np.array([rng.uniform(0.9, 1.0), 1.0, rng.uniform(0.98, 1.05)])
    return np.clip(sheet, 0, 255).astype(np.uint8)


def _screen(rng: Rng, still: Image) -> Image:
    """The still on a phone or tablet: pixels of three colours, more contrast, a glow of the room, a black rim."""
    shown = np.clip((still.astype(np.float32) - 128) * 1.12 + 132, 0, 255)
    y, x = np.indices(still.shape[:2])
    pitch = rng.uniform(1.7, 2.6)
    for channel in range(3):
        shown[..., channel] *= 1 - 0.09 * (1 + np.cos(2 * np.pi * (x / pitch + channel / 3))) * 0.5
    shown *= (1 - 0.06 * (1 + np.cos(2 * np.pi * y / pitch)) * 0.5)[..., None]
    shown += (np.linspace(0, 1, still.shape[1])[None, :, None] ** 2) * rng.uniform(0, 25)
    case = np.full((still.shape[0] + 70, still.shape[1] + 40, 3), 18, np.float32)
    case[35:-35, 20:-20] = shown
    return np.clip(case, 0, 255).astype(np.uint8)


def _held(sheet: Image, room: Image, pose: Pose, share: float) -> Image:
    """A flat thing held before the camera: turned as a plane in space, over the room."""
    height, width = sheet.shape[:2]
    size = share * ap.WIDTH / width * pose.scale
    corners = (
        np.array([[-width, -height, 0], [width, -height, 0], [width, height, 0], [-width, height, 0]], np.float64)
        / 2
        * size
    )
    turned = corners @ ap.rotation(pose).T
    far = 1.6 * ap.WIDTH
    near = far / (far + turned[:, 2])
    flat = turned[:, :2] * near[:, None] + (ap.WIDTH / 2 + pose.dx, ap.HEIGHT / 2 + pose.dy)
    start = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(start, flat.astype(np.float32))
    size_out = (ap.WIDTH, ap.HEIGHT)
    seen = cv2.warpPerspective(sheet, matrix, size_out, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full((height, width), 255, np.uint8), matrix, size_out)
    return np.where(mask[..., None] > 127, seen, room)


def _room(rng: Rng, attacker: Head) -> Image:
    return cv2.GaussianBlur(attacker.still, (0, 0), float(rng.uniform(10, 18)))


def _shown(
    rng: Rng, asked: Challenge, attacker: Head, sheets: Callable[[int], Image], how: Play | None = None
) -> Session:
    """A flat thing that is tilted, nodded and brought closer as the challenge asks, further than a head is."""
    how = how or play(rng, asked, amplitude=1.3)
    room, share = _room(rng, attacker), float(rng.uniform(0.95, 1.3))
    pictures = [_held(sheets(row), room, pose, share) for row, pose in enumerate(how.poses)]
    return _session(rng, how.times, pictures, asked)


def printed(rng: Rng, victim: Head, attacker: Head, asked: Challenge) -> Session:
    sheet = _paper(rng, victim.still)
    return _shown(rng, asked, attacker, lambda row: sheet)


def on_screen(rng: Rng, victim: Head, attacker: Head, asked: Challenge) -> Session:
    screen = _screen(rng, victim.still)
    return _shown(rng, asked, attacker, lambda row: screen)


def bent_print(rng: Rng, victim: Head, attacker: Head, asked: Challenge) -> Session:
    """Paper bent around a cylinder about as wide as a head, and turned."""
    how = play(rng, asked, amplitude=1.2)
    paper = replace(victim, still=_paper(rng, victim.still)[30:-30, 30:-30])
    bent = _bent(paper)
    return _session(rng, how.times, [ap.posed(bent, p) for p in how.poses], asked)


def _bent(one: Head) -> Head:
    points = one.points.copy()
    across = (points[:, 0] - one.mesh[:, 0].mean()) / (0.75 * one.width)
    points[:, 2] = one.mesh[:, 2].min() + 0.75 * one.width * (1 - np.sqrt(np.clip(1 - across**2, 0, 1)))
    return replace(one, points=points, mesh=points[: len(one.mesh)])


def mask(rng: Rng, victim: Head, attacker: Head, asked: Challenge) -> Session:
    """The victim's face cut out of a print, worn by an attacker who does all that is asked: a plane before a moving head."""
    return _worn(rng, victim, attacker, asked, _plane)


def bent_mask(rng: Rng, victim: Head, attacker: Head, asked: Challenge) -> Session:
    """The same, bent around the attacker's face."""
    return _worn(rng, victim, attacker, asked, _bent)


def _plane(one: Head) -> Head:
    points = one.points.copy()
    points[:, 2] = one.mesh[:, 2].min()
    return replace(one, points=points, mesh=points[: len(one.mesh)])


def _worn(rng: Rng, victim: Head, attacker: Head, asked: Challenge, shaped: Callable[[Head], Head]) -> Session:
    how = play(rng, asked)
    paper = shaped(replace(victim, still=_paper(rng, victim.still)[30:-30, 30:-30]))
    grown = attacker.width / victim.width * 1.05
    shift = attacker.mesh[:, :2].mean(axis=0) - victim.mesh[:, :2].mean(axis=0)
    pictures = []
    for pose in how.poses:
        below = ap.posed(attacker, pose)
        worn = replace(pose, scale=pose.scale * grown, dx=pose.dx + shift[0], dy=pose.dy + shift[1])
        inner = paper.triangles[paper.inner]
        pictures.append(ap.drawn(paper.still, paper.points, ap.moved(paper, worn), inner, below))
    return _session(rng, how.times, pictures, asked)


def replayed(rng: Rng, victim: Head, attacker: Head, asked: Challenge) -> Session:
    """Frames of another session, sent in as they are; the challenge then was another."""
    before = genuine(rng, victim, attacker, other(rng, asked))
    return Session(_again(before.frames, rng), asked, before)


def replayed_right(rng: Rng, victim: Head, attacker: Head, asked: Challenge) -> Session:
    before = genuine(rng, victim, attacker, asked)
    return Session(_again(before.frames, rng), asked, before)


def _again(frames: Sequence[tuple[int, bytes]], rng: Rng) -> list[tuple[int, bytes]]:
    """Saved again, a little smaller and darker, as whoever hides that they are a copy would."""
    found = []
    for at, data in frames:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        small = cv2.resize(image, (432, 576), interpolation=cv2.INTER_AREA)
        found.append((at, ap.encoded(cv2.convertScaleAbs(small, alpha=0.96), int(rng.integers(70, 88)))))
    return found


def replayed_on_screen(rng: Rng, victim: Head, attacker: Head, asked: Challenge) -> Session:
    """A clip of another session played on a screen before the camera; the challenge then was another."""
    return _clip_on_screen(rng, genuine(rng, victim, attacker, other(rng, asked)), attacker, asked)


def replayed_on_screen_right(rng: Rng, victim: Head, attacker: Head, asked: Challenge) -> Session:
    return _clip_on_screen(rng, genuine(rng, victim, attacker, asked), attacker, asked)


def _clip_on_screen(rng: Rng, before: Session, attacker: Head, asked: Challenge) -> Session:
    images = [cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) for _, data in before.frames]
    still = [Pose(dx=w[0], dy=w[1], roll=0.3 * w[2]) for w in ap.smooth(rng, len(images), 3)]
    how = Play([at for at, _ in before.frames], still)
    session = _shown(rng, asked, attacker, lambda row: _screen(rng, images[row]), how)
    return replace(session, recorded=before)


def wrong_order(rng: Rng, victim: Head, attacker: Head, asked: Challenge) -> Session:
    """A living head that does the same actions in another order."""
    actions = asked.actions
    while actions == asked.actions:
        actions = tuple(asked.actions[i] for i in rng.permutation(len(asked.actions)))
    return replace(genuine(rng, victim, attacker, Challenge(actions)), challenge=asked)


def changed_person(rng: Rng, victim: Head, attacker: Head, asked: Challenge) -> Session:
    """The attacker does the actions, the victim's living picture stands at the beginning or the end, in one pose."""
    how = play(rng, asked)
    camera = Camera.any(rng)
    cut = len(how.poses) // 3
    first = bool(rng.integers(0, 2))
    pictures = []
    for row, pose in enumerate(how.poses):
        instead = row < cut if first else row >= len(how.poses) - cut
        pictures.append(ap.posed(victim if instead else attacker, pose))
    return _session(rng, how.times, pictures, asked, camera)


def injected_swap(rng: Rng, victim: Head, attacker: Head, asked: Challenge) -> Session:
    """The victim's face on the attacker's moving head, blended, its colours matched, sent in by a virtual camera."""
    how = play(rng, asked)
    inner = victim.triangles[victim.inner]
    pictures = []
    for pose in how.poses:
        below, placed = ap.posed(attacker, pose), ap.moved(attacker, pose)
        # Both meshes number their points alike, so the victim's triangles are carried onto the attacker's face.
        end = victim.points.copy()
        end[: len(victim.mesh)] = placed[: len(attacker.mesh)]
        over = ap.drawn(victim.still, victim.points, end, inner, below)
        pictures.append(_blended(below, over, placed[: len(attacker.mesh), :2]))
    return _session(rng, how.times, pictures, asked)


def _blended(below: Image, over: Image, mesh: Any) -> Image:
    hull = cv2.convexHull(mesh.astype(np.float32)).astype(np.int32)
    area = np.zeros(below.shape[:2], np.uint8)
    cv2.fillConvexPoly(area, hull, 255)
    area = cv2.erode(area, np.ones((15, 15), np.uint8))
    soft = cv2.GaussianBlur(area, (0, 0), 6).astype(np.float32)[..., None] / 255
    inside = area > 0
    changed = over.astype(np.float32)
    if inside.any():
        a, b = below[inside].astype(np.float32), changed[inside]
        changed = (changed - b.mean(axis=0)) * (a.std(axis=0) / np.maximum(b.std(axis=0), 1)) + a.mean(axis=0)
    return np.clip(below * (1 - soft) + changed * soft, 0, 255).astype(np.uint8)


def frozen(rng: Rng, victim: Head, attacker: Head, asked: Challenge) -> Session:
    """A living session in which one frame is sent several times in a row, each time compressed anew."""
    whole = genuine(rng, victim, attacker, asked)
    start, count = len(whole.frames) // 3, max(4, len(whole.frames) // 4)
    image = cv2.imdecode(np.frombuffer(whole.frames[start][1], np.uint8), cv2.IMREAD_COLOR)
    frames = list(whole.frames)
    for row in range(start, min(start + count, len(frames))):
        frames[row] = (frames[row][0], ap.encoded(image, int(rng.integers(70, 92))))
    return Session(frames, asked)


def injected_still(rng: Rng, victim: Head, attacker: Head, asked: Challenge) -> Session:
    """One picture sent as every frame, with fresh noise or without."""
    times = play(rng, asked).times
    if rng.integers(0, 2):
        return _session(rng, times, [victim.still] * len(times), asked)
    return Session([(at, ap.encoded(victim.still, 85)) for at in times], asked)


def two_faces(rng: Rng, victim: Head, attacker: Head, asked: Challenge) -> Session:
    """Somebody looks over the shoulder of the one who does the actions."""
    how = play(rng, asked)
    guest = cv2.resize(attacker.still, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    left = bool(rng.integers(0, 2))
    pictures = []
    for pose in how.poses:
        picture = ap.posed(victim, replace(pose, scale=pose.scale * 0.7))
        x = 0 if left else ap.WIDTH - 170
        top = int(rng.integers(0, 6))
        middle = guest.shape[1] // 2
        picture[top : top + guest.shape[0], x : x + 170] = guest[:, middle - 85 : middle + 85]
        pictures.append(picture)
    return _session(rng, how.times, pictures, asked)


SPECIES: dict[str, Callable[[Rng, Head, Head, Challenge], Session]] = {
    "printed photo, tilted by hand": printed,
    "printed photo, bent round": bent_print,
    "photo on a screen": on_screen,
    "paper mask, flat": mask,
    "paper mask, bent": bent_mask,
    "replay injected, another challenge": replayed,
    "replay injected, the right challenge by luck": replayed_right,
    "replay on a screen, another challenge": replayed_on_screen,
    "replay on a screen, the right challenge by luck": replayed_on_screen_right,
    "living, wrong order of actions": wrong_order,
    "face changed mid-session": changed_person,
    "frozen frames": frozen,
    "static picture injected": injected_still,
    "two faces": two_faces,
    "real-time swap by a virtual camera": injected_swap,
}
