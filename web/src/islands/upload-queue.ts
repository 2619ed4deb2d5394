// Sends what waits on this phone, says how far it is, and looks at the server until the newest picture was read.
import { fill, islands } from "../lib/island";
import { deliver, waiting, type Capture, type Progress } from "../lib/queue";

interface Data {
  evidence?: string;
  here?: string;
  texts: { sending: string; saved: string; reading: string; refused: string; signIn: string };
}

const POLL = 700;
const POLL_LONGEST = 4000;

function show(data: Data, progress: Progress): void {
  const box = document.getElementById("upload");
  if (!box) return;
  if (!box.childElementCount) box.scrollIntoView({ block: "center" });
  box.replaceChildren();
  const words = document.createElement("p");
  words.className = `note ${progress.state === "refused" ? "bad" : progress.state === "saved" ? "warn" : ""}`;
  words.textContent =
    progress.state === "sending"
      ? fill(data.texts.sending, { percent: progress.percent })
      : progress.state === "done"
        ? data.texts.reading
        : progress.state === "refused"
          ? progress.text || data.texts.refused
          : data.texts[progress.state];
  box.append(words);
  if (progress.state === "sending") {
    const bar = document.createElement("progress");
    bar.className = "bar";
    bar.max = 100;
    bar.value = progress.percent;
    bar.setAttribute("aria-label", words.textContent);
    box.append(bar);
  }
}

async function poll(evidence: string, here: string): Promise<void> {
  let wait = POLL;
  for (;;) {
    await new Promise((next) => window.setTimeout(next, wait));
    wait = Math.min(wait * 1.4, POLL_LONGEST);
    try {
      const answer = await fetch(`/v1/evidence/${evidence}`, { headers: { Accept: "application/json" } });
      if (answer.ok && ((await answer.json()) as { state: string }).state === "received") continue;
      if (answer.status >= 500) continue;
    } catch {
      continue;
    }
    location.replace(here);
    return;
  }
}

async function sendOne(data: Data, capture: Capture, here?: string): Promise<void> {
  const evidence = await deliver(capture, (progress) => show(data, progress));
  if (evidence && here) location.assign(here);
}

async function start(data: Data): Promise<void> {
  document.addEventListener("shiming:capture", (event) => {
    const { capture, here } = (event as CustomEvent<{ capture: Capture; here: string }>).detail;
    void sendOne(data, capture, here);
  });
  if (data.evidence && data.here) void poll(data.evidence, data.here);
  // What was left by an earlier visit goes now; the page shows what becomes of its own slot.
  const left = await waiting().catch(() => []);
  for (const capture of left) await sendOne(data, capture, location.pathname);
}

islands<Data>("upload-queue").forEach((data) => void start(data));
