// The upload goes on where the server says, takes each part once, and keeps or drops the picture as the refusal asks.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { load } from "./bundle.mjs";

const SIZE = 600 * 1024;
const PART = 256 * 1024;
const capture = { id: "c1", registration: "r1", slot: "selfie", mediaType: "image/jpeg", blob: new Blob([new Uint8Array(SIZE)]), at: 0 };
const answers = (body, status = 200) => new Response(JSON.stringify(body), { status });

globalThis.document = { body: { dataset: { csrf: "token" } }, documentElement: { lang: "en" }, addEventListener() {}, removeEventListener() {} };
// A browser that keeps nothing: the queue must send all the same.
globalThis.indexedDB = { open: () => { throw new DOMException("private", "SecurityError"); } };
globalThis.window = { setTimeout: (act) => setTimeout(act, 0), clearTimeout, addEventListener() {}, removeEventListener() {} };

const { deliver } = await load("lib/queue.ts");
let asked;
let told;
beforeEach(() => {
  asked = [];
  told = [];
});

/** A server that holds `held` bytes already and takes part after part; `fault` may answer instead. */
function server(held, fault = () => null) {
  globalThis.fetch = async (address, { method, body, headers }) => {
    asked.push(`${method} ${address} ${headers["Upload-Offset"] ?? ""}`.trim());
    const instead = fault(asked.length);
    if (instead) return instead;
    if (method === "PATCH") {
      assert.equal(Number(headers["Upload-Offset"]), held, "each part begins where the server stands");
      held += body.byteLength;
    }
    return answers({ id: "u1", offset: held, evidence_id: held >= SIZE ? "e1" : null });
  };
}

test("parts follow one another until the server has all", async () => {
  server(0);
  assert.equal(await deliver(capture, (p) => told.push(p)), "e1");
  assert.deepEqual(asked.slice(1), [0, PART, 2 * PART].map((at) => `PATCH /v1/uploads/u1 ${at}`));
  assert.deepEqual(told.map((p) => p.percent), [0, 43, 85, 100]);
});

test("what the server has already is not sent again", async () => {
  server(PART);
  await deliver(capture, () => undefined);
  assert.deepEqual(asked.slice(1), [PART, 2 * PART].map((at) => `PATCH /v1/uploads/u1 ${at}`));
});

test("a fault of the server is waited out and the upload goes on", async () => {
  server(0, (n) => (n === 3 ? answers({}, 503) : null));
  assert.equal(await deliver(capture, (p) => told.push(p)), "e1");
  assert.ok(told.some((p) => p.state === "saved"));
});

test("a refusal ends it with the server's words", async () => {
  server(0, () => answers({ code: "LATE_UPLOAD", title: "Too late.", hint: "See the status." }, 409));
  assert.equal(await deliver(capture, (p) => told.push(p)), null);
  assert.deepEqual(told.at(-1), { state: "refused", percent: 0, text: "Too late. See the status." });
});

test("a session that ended keeps the picture for later", async () => {
  server(0, () => answers({ code: "SIGN_IN_REQUIRED" }, 401));
  assert.equal(await deliver(capture, (p) => told.push(p)), null);
  assert.equal(told.at(-1).state, "signIn");
});
