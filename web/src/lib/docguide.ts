// Live guidance for photographing a card: looks for its four edges near the frame drawn on the screen, and for blur, glare
// and darkness, on a small grey picture. It only guides; the server judges every picture itself.
//
// The numbers were tuned on synthetic scenes and are the guide's own; no decision rests on them.

export type Guide =
  | "none" | "pale" | "closer" | "edges-missing" | "rotate" | "flatten" | "dark" | "glare" | "blur" | "good";

export interface Frame {
  x: number;
  y: number;
  w: number;
  h: number;
}

export type Point = [number, number];

export interface Look {
  guide: Guide;
  quad: Point[];
}

interface Line {
  slope: number;
  base: number;
  share: number;
}

const SCANS = 48;
const BAND = 0.22;
const EDGE = 12;
const FOUND = 0.45;
const DARK = 55;
const GLARE_CELL = 0.5;
const BLUR = 120;

/** Grey and colourfulness of RGBA pixels. */
export function toGrey(rgba: Uint8ClampedArray, grey: Uint8Array, colour: Uint8Array): void {
  for (let i = 0, j = 0; i < grey.length; i += 1, j += 4) {
    const r = rgba[j];
    const g = rgba[j + 1];
    const b = rgba[j + 2];
    grey[i] = (r * 77 + g * 150 + b * 29) >> 8;
    colour[i] = Math.max(r, g, b) - Math.min(r, g, b);
  }
}

/** The line most points lie on: votes of point pairs, then least squares over those near it. */
function fit(points: Point[], total: number, place: number): Line {
  const none = { slope: 0, base: place, share: 0 };
  if (points.length < 6) return none;
  let best: Line | null = null;
  for (let k = 0; k < 40; k += 1) {
    const p = points[(k * 7919) % points.length];
    const q = points[(k * 104_729 + (points.length >> 1)) % points.length];
    if (Math.abs(p[0] - q[0]) < 8) continue;
    const slope = (q[1] - p[1]) / (q[0] - p[0]);
    if (Math.abs(slope) > 0.6) continue;
    const base = p[1] - slope * p[0];
    const votes = points.filter(([t, u]) => Math.abs(slope * t + base - u) <= 2).length;
    if (!best || votes > best.share) best = { slope, base, share: votes };
  }
  if (!best) return none;
  const { slope: s, base: b } = best;
  const near = points.filter(([t, u]) => Math.abs(s * t + b - u) <= 2);
  let st = 0;
  let su = 0;
  let tt = 0;
  let tu = 0;
  for (const [t, u] of near) {
    st += t;
    su += u;
    tt += t * t;
    tu += t * u;
  }
  const n = near.length;
  const d = n * tt - st * st;
  if (Math.abs(d) < 1e-6) return none;
  const slope = (n * tu - st * su) / d;
  return { slope, base: (su - slope * st) / n, share: n / total };
}

/** Looks at one frame. `frame` is where the card should be, in the same pixels. */
export function look(grey: Uint8Array, colour: Uint8Array, w: number, h: number, frame: Frame): Look {
  const band = Math.round(BAND * frame.h);

  function side(vertical: boolean, place: number, from: number, to: number): Line {
    const points: Point[] = [];
    const size = vertical ? w : h;
    for (let i = 0; i < SCANS; i += 1) {
      const t = Math.round(from + (to - from) * (0.08 + (0.84 * i) / (SCANS - 1)));
      let at = -1;
      let strongest = EDGE;
      for (let u = Math.max(2, Math.round(place - band)); u <= Math.min(size - 3, place + band); u += 1) {
        let difference = 0;
        for (let k = -1; k <= 1; k += 1) {
          const along = Math.min((vertical ? h : w) - 1, Math.max(0, t + k));
          difference += vertical
            ? grey[along * w + u + 2] - grey[along * w + u - 2]
            : grey[(u + 2) * w + along] - grey[(u - 2) * w + along];
        }
        const score = (Math.abs(difference) / 3) * (1 - (0.35 * Math.abs(u - place)) / band);
        if (score > strongest) {
          strongest = score;
          at = u;
        }
      }
      if (at >= 0) points.push([t, at]);
    }
    return fit(points, SCANS, place);
  }

  const left = side(true, frame.x, frame.y, frame.y + frame.h);
  const right = side(true, frame.x + frame.w, frame.y, frame.y + frame.h);
  const top = side(false, frame.y, frame.x, frame.x + frame.w);
  const bottom = side(false, frame.y + frame.h, frame.x, frame.x + frame.w);
  const cross = (v: Line, z: Line): Point => {
    const y = (z.slope * v.base + z.base) / (1 - z.slope * v.slope);
    return [v.slope * y + v.base, y];
  };
  const quad = [cross(left, top), cross(right, top), cross(right, bottom), cross(left, bottom)];
  return { guide: judge([left, right, top, bottom], quad, measure(grey, colour, w, h, frame), frame), quad };
}

interface Measures {
  mean: number;
  sharp: number;
  glare: number;
  texture: number;
  above: number;
}

function laplace(grey: Uint8Array, w: number, h: number, box: [number, number, number, number]): number {
  let sum = 0;
  let squares = 0;
  let n = 0;
  for (let y = Math.max(1, box[1] | 0); y < Math.min(h - 1, box[3] | 0); y += 1) {
    for (let x = Math.max(1, box[0] | 0); x < Math.min(w - 1, box[2] | 0); x += 1) {
      const i = y * w + x;
      const value = 4 * grey[i] - grey[i - 1] - grey[i + 1] - grey[i - w] - grey[i + w];
      sum += value;
      squares += value * value;
      n += 1;
    }
  }
  return n ? squares / n - (sum / n) ** 2 : 0;
}

function measure(grey: Uint8Array, colour: Uint8Array, w: number, h: number, f: Frame): Measures {
  const x0 = Math.round(f.x + f.w * 0.05);
  const x1 = Math.round(f.x + f.w * 0.95);
  const y0 = Math.round(f.y + f.h * 0.05);
  const y1 = Math.round(f.y + f.h * 0.95);
  const cells = new Float32Array(64);
  let sum = 0;
  const n = Math.max(1, (x1 - x0) * (y1 - y0));
  for (let y = y0; y < y1; y += 1) {
    for (let x = x0; x < x1; x += 1) {
      const i = y * w + x;
      sum += grey[i];
      // A reflection is as bright as the camera can see and has no colour.
      if (grey[i] >= 250 && colour[i] < 24) {
        cells[((((y - y0) * 8) / (y1 - y0)) | 0) * 8 + ((((x - x0) * 8) / (x1 - x0)) | 0)] += 1;
      }
    }
  }
  const mean = sum / n;
  const inner = laplace(grey, w, h, [x0, y0, x1, y1]);
  return {
    mean,
    sharp: (inner / Math.max(80, mean * mean)) * 1e4,
    glare: Math.max(...cells) / (n / 64),
    texture: laplace(grey, w, h, [f.x + f.w * 0.3, f.y + f.h * 0.3, f.x + f.w * 0.7, f.y + f.h * 0.7]),
    above: laplace(grey, w, h, [f.x, f.y - f.h * 0.3, f.x + f.w, f.y - f.h * 0.05]),
  };
}

function judge(sides: Line[], quad: Point[], m: Measures, frame: Frame): Guide {
  const missing = sides.filter((line) => line.share < FOUND).length;
  if (m.mean < DARK) return "dark";
  if (missing >= 3) {
    if (m.texture <= 400 || m.texture <= 6 * m.above) return "none";
    // Text fills the frame and weak edges are near: a pale card on a pale desk, not one that is too far away.
    return sides.filter((line) => line.share > 0.24).length >= 3 ? "pale" : "closer";
  }
  if (missing > 0) return "edges-missing";
  const far = (p: Point, q: Point): number => Math.hypot(p[0] - q[0], p[1] - q[1]);
  const [top, bottom] = [far(quad[0], quad[1]), far(quad[3], quad[2])];
  const [left, right] = [far(quad[0], quad[3]), far(quad[1], quad[2])];
  if (Math.max(top, bottom) < 0.8 * frame.w) return "closer";
  const tilt = (Math.atan2(quad[1][1] - quad[0][1], quad[1][0] - quad[0][0]) * 180) / Math.PI;
  if (Math.abs(tilt) > 7) return "rotate";
  const leaning = Math.max(Math.max(top, bottom) / Math.min(top, bottom), Math.max(left, right) / Math.min(left, right));
  const shape = (top + bottom) / (left + right);
  if (leaning > 1.14 || shape < frame.w / frame.h * 0.85 || shape > frame.w / frame.h * 1.17) return "flatten";
  if (m.glare > GLARE_CELL) return "glare";
  return m.sharp < BLUR ? "blur" : "good";
}
