// Captures wait in IndexedDB until the server has them whole: a dropped network or a closed tab loses nothing.
// Each is known by its capture id; the server takes it once, whatever is repeated. Sent ones are deleted at once, and
// anything older than a day (a phone may be shared).
import { api, Refusal } from "./api";
import { shelf } from "./shelf";

export interface Capture {
  id: string;
  registration: string;
  slot: string;
  mediaType: string;
  blob: Blob;
  upload?: string;
  at: number;
}

export interface Progress {
  state: "sending" | "saved" | "done" | "refused" | "signIn";
  percent: number;
  evidence?: string;
  text?: string;
}

interface Upload {
  id: string;
  offset: number;
  evidence_id: string | null;
}

const CHUNK = 256 * 1024;
const DAY = 86_400_000;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;

/** Refusals that pass by themselves. */
const AGAIN = new Set(["UPLOAD_OFFSET", "CONFLICT", "TOO_MANY_REQUESTS"]);

const store = shelf("shiming", "captures", "id");

export async function add(capture: Capture): Promise<void> {
  await store("readwrite", (captures) => captures.put(capture));
}

/** What waits, oldest first; what is too old is dropped. */
export async function waiting(): Promise<Capture[]> {
  const all = (await store("readonly", (captures) => captures.getAll())) as Capture[];
  const fresh = all.filter((capture) => Date.now() - capture.at < DAY);
  for (const capture of all) if (!fresh.includes(capture)) await remove(capture.id);
  return fresh.sort((a, b) => a.at - b.at);
}

async function remove(id: string): Promise<void> {
  // A browser that keeps nothing (private window) still sends; there is just nothing to forget.
  await store("readwrite", (captures) => captures.delete(id)).catch(() => undefined);
}

async function begin(capture: Capture): Promise<Upload> {
  if (capture.upload) {
    try {
      return await api<Upload>("GET", `/v1/uploads/${capture.upload}`);
    } catch (error) {
      // The server may have forgotten a half upload; it is begun again under the same capture id.
      if (!(error instanceof Refusal) || error.status !== 404) throw error;
    }
  }
  const upload = await api<Upload>(
    "POST",
    `/v1/registrations/${capture.registration}/uploads`,
    JSON.stringify({
      slot: capture.slot,
      capture_id: capture.id,
      size: capture.blob.size,
      media_type: capture.mediaType,
    }),
    { "Content-Type": "application/json" },
  );
  await add({ ...capture, upload: upload.id }).catch(() => undefined);
  return upload;
}

async function send(capture: Capture, tell: (progress: Progress) => void): Promise<string> {
  let upload = await begin(capture);
  while (!upload.evidence_id) {
    tell({ state: "sending", percent: Math.round((upload.offset / capture.blob.size) * 100) });
    const part = capture.blob.slice(upload.offset, upload.offset + CHUNK);
    upload = await api<Upload>("PATCH", `/v1/uploads/${upload.id}`, await part.arrayBuffer(), {
      "Content-Type": "application/octet-stream",
      "Upload-Offset": String(upload.offset),
    });
  }
  return upload.evidence_id;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = window.setTimeout(done, milliseconds);
    function done(): void {
      window.clearTimeout(timer);
      window.removeEventListener("online", done);
      document.removeEventListener("visibilitychange", done);
      resolve();
    }
    window.addEventListener("online", done);
    document.addEventListener("visibilitychange", done);
  });
}

/** Sends a capture until the server has it, waiting longer after each failure; returns the evidence id, or null when refused. */
export async function deliver(capture: Capture, tell: (progress: Progress) => void): Promise<string | null> {
  let wait = FIRST_WAIT;
  for (;;) {
    try {
      const evidence = await send((await find(capture.id).catch(() => undefined)) ?? capture, tell);
      await remove(capture.id);
      tell({ state: "done", percent: 100, evidence });
      return evidence;
    } catch (error) {
      if (error instanceof Refusal && error.passing) {
        tell({ state: "signIn", percent: 0 });
        return null;
      }
      if (error instanceof Refusal && error.status < 500 && !AGAIN.has(error.code)) {
        await remove(capture.id);
        tell({ state: "refused", percent: 0, text: error.text });
        return null;
      }
      tell({ state: "saved", percent: 0 });
      await pause(wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, LONGEST_WAIT);
    }
  }
}

function find(id: string): Promise<Capture | undefined> {
  return store("readonly", (captures) => captures.get(id)) as Promise<Capture | undefined>;
}
