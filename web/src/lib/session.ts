// One liveness session: begun at the server, its frames kept on this phone until the server has them whole. First the list of
// frames is sent, while the session is open; a bad network may hold up the frames themselves for hours.
import { api, Refusal } from "./api";
import { shelf } from "./shelf";

export interface Session {
  id: string;
  nonce: string;
  actions: string[];
  colours: string[];
  colour_ms: number;
  ready_ms: number;
  action_ms: number;
  frames_least: number;
  frames_most: number;
  frame_bytes: number;
}

export interface Frame {
  n: number;
  at_ms: number;
  sha256: string;
  blob: Blob;
}

export interface Signals {
  camera: string;
  width: number;
  height: number;
  interval_ms?: number;
  interval_spread_ms?: number;
}

export interface Burst {
  id: string;
  registration: string;
  nonce: string;
  frames: Frame[];
  signals: Signals;
  at: number;
}

export type Sending = { state: "sending"; percent: number } | { state: "saved" };

interface Progress {
  state: string;
  received: number[];
  missing: number[];
  evidence_id: string | null;
}

const DAY = 86_400_000;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;
/** Refusals that pass by themselves. */
const AGAIN = new Set(["CONFLICT", "TOO_MANY_REQUESTS"]);

export function begin(registration: string): Promise<Session> {
  return api<Session>("POST", `/v1/registrations/${registration}/liveness-sessions`, JSON.stringify({}), {
    "Content-Type": "application/json",
  });
}

export async function digest(blob: Blob): Promise<string> {
  const sum = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return Array.from(new Uint8Array(sum), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Mean and standard deviation of the times between frames: a film that is played in looks more even than a camera. */
export function spread(times: number[]): { interval_ms: number; interval_spread_ms: number } | object {
  const gaps = times.slice(1).map((time, i) => time - times[i]);
  if (gaps.length < 2) return {};
  const mean = gaps.reduce((a, b) => a + b, 0) / gaps.length;
  const variance = gaps.reduce((a, b) => a + (b - mean) ** 2, 0) / gaps.length;
  return { interval_ms: mean, interval_spread_ms: Math.sqrt(variance) };
}

const store = shelf("shiming-liveness", "bursts", "registration");

/** Keeps a burst on this phone. Where the browser keeps nothing it is sent all the same, it just does not survive a reload. */
export async function keep(burst: Burst): Promise<void> {
  await store("readwrite", (bursts) => bursts.put(burst)).catch(() => undefined);
}

/** The burst of this registration that was not sent whole yet; one that is too old is dropped. */
export async function left(registration: string): Promise<Burst | null> {
  const found = (await store("readonly", (bursts) => bursts.get(registration)).catch(() => undefined)) as Burst | undefined;
  if (found && Date.now() - found.at < DAY) return found;
  if (found) await forget(registration);
  return null;
}

async function forget(registration: string): Promise<void> {
  await store("readwrite", (bursts) => bursts.delete(registration)).catch(() => undefined);
}

export function send(session: string, frame: Frame): Promise<unknown> {
  return api("PUT", `/v1/liveness-sessions/${session}/frames/${frame.n}`, frame.blob, { "Content-Type": "image/jpeg" });
}

function complete(burst: Burst): Promise<Progress> {
  const frames = burst.frames.map(({ n, at_ms, sha256 }) => ({ n, at_ms, sha256 }));
  return api<Progress>(
    "POST",
    `/v1/liveness-sessions/${burst.id}/completion`,
    JSON.stringify({ nonce: burst.nonce, frames, signals: burst.signals }),
    { "Content-Type": "application/json" },
  );
}

/** Sends a burst until the server has it, waiting longer after each failure. Raises `Refusal` for what no repeat cures. */
export async function deliver(burst: Burst, tell: (sending: Sending) => void): Promise<string> {
  let wait = FIRST_WAIT;
  for (;;) {
    try {
      let progress = await complete(burst);
      for (const n of progress.missing) {
        tell({ state: "sending", percent: Math.round(((n - 1) / burst.frames.length) * 100) });
        await send(burst.id, burst.frames[n - 1]);
      }
      if (!progress.evidence_id) progress = await complete(burst);
      if (progress.evidence_id) {
        await forget(burst.registration);
        return progress.evidence_id;
      }
    } catch (error) {
      if (error instanceof Refusal && error.status < 500 && !AGAIN.has(error.code)) {
        if (!error.passing) await forget(burst.registration);
        throw error;
      }
      tell({ state: "saved" });
      await pause(wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, LONGEST_WAIT);
    }
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = window.setTimeout(done, milliseconds);
    function done(): void {
      window.clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve();
    }
    window.addEventListener("online", done);
  });
}
