import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./bundle.mjs";

const { look, toGrey } = await load("lib/docguide.ts");
const [W, H] = [240, 320];
const FRAME = { x: 17, y: 95, w: 206, h: 130 };

/** A desk with, or without, a card of printed lines on it; `paint` may change pixels after that. */
function scene({ card = FRAME, desk = 70, paper = 190, ink = 40, paint = () => undefined }) {
  const rgba = new Uint8ClampedArray(W * H * 4);
  const set = (x, y, value) => rgba.set([value, value, value, 255], (y * W + x) * 4);
  for (let y = 0; y < H; y += 1) {
    for (let x = 0; x < W; x += 1) {
      const on = card && x >= card.x && x < card.x + card.w && y >= card.y && y < card.y + card.h;
      const text = on && (y - card.y) % 14 > 9 && x > card.x + 14 && x < card.x + card.w - 14 && x % 5 < 3;
      set(x, y, text ? ink : on ? paper : desk);
    }
  }
  paint(rgba, set);
  return rgba;
}

function guide(rgba) {
  const grey = new Uint8Array(W * H);
  const colour = new Uint8Array(W * H);
  toGrey(rgba, grey, colour);
  return look(grey, colour, W, H, FRAME);
}

/** Each pixel becomes the mean of its neighbourhood. */
function blurred(rgba, radius) {
  const out = new Uint8ClampedArray(rgba);
  for (let y = radius; y < H - radius; y += 1) {
    for (let x = radius; x < W - radius; x += 1) {
      let sum = 0;
      for (let v = -radius; v <= radius; v += 1) for (let u = -radius; u <= radius; u += 1) sum += rgba[((y + v) * W + x + u) * 4];
      out.fill(sum / (2 * radius + 1) ** 2, (y * W + x) * 4, (y * W + x) * 4 + 3);
    }
  }
  return out;
}

test("a card in the frame is good, and its corners are found", () => {
  const seen = guide(scene({}));
  assert.equal(seen.guide, "good");
  const corners = [[17, 95], [223, 95], [223, 225], [17, 225]];
  corners.forEach(([x, y], i) => assert.ok(Math.hypot(seen.quad[i][0] - x, seen.quad[i][1] - y) < 4, `corner ${i}: ${seen.quad[i]}`));
});

test("an empty desk is none", () => assert.equal(guide(scene({ card: null })).guide, "none"));
test("a dark room is dark", () => assert.equal(guide(scene({ desk: 10, paper: 40, ink: 5 })).guide, "dark"));
test("a card out of focus is blurred", () => assert.equal(guide(blurred(scene({}), 3)).guide, "blur"));

test("a white patch without colour is glare", () => {
  const paint = (_rgba, set) => {
    for (let y = 130; y < 180; y += 1) for (let x = 90; x < 160; x += 1) set(x, y, 255);
  };
  assert.equal(guide(scene({ paint })).guide, "glare");
});

test("a card that lies partly outside has missing edges", () => {
  assert.equal(guide(scene({ card: { ...FRAME, x: 80, w: 160 } })).guide, "edges-missing");
});
