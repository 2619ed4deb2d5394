// The card's number: checked while it is typed, scanned with the camera; and only the chosen proof is shown.
import { open, stop } from "../lib/camera";
import { fill, islands } from "../lib/island";
import { luhn } from "../lib/luhn";

interface Data {
  field: string;
  live: string;
  texts: { scan: string; good: string; wrong: string; more: string; aim: string; close: string; failed: string };
}

const EVERY = 150;

function check(field: HTMLInputElement, live: HTMLElement, texts: Data["texts"]): void {
  const digits = field.value.replace(/\D/g, "");
  live.className = "small";
  if (digits.length === 0) live.textContent = "";
  else if (digits.length < 18) live.textContent = fill(texts.more, { n: digits.length });
  else if (luhn(digits)) live.textContent = `✓ ${texts.good}`;
  // Only 19 digits surely end in a check digit; in 20 the last place may be used otherwise.
  else live.textContent = digits.length === 19 ? `✕ ${texts.wrong}` : fill(texts.more, { n: digits.length });
}

/** The dialog with the camera's picture; closing it stops the camera and gives the field its focus back. */
function viewer(data: Data, stream: MediaStream, field: HTMLInputElement): [HTMLDialogElement, HTMLVideoElement] {
  const box = document.createElement("dialog");
  box.className = "scan";
  const words = document.createElement("p");
  words.id = "scan-words";
  words.textContent = data.texts.aim;
  box.setAttribute("aria-labelledby", words.id);
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true, srcObject: stream });
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn alt";
  close.textContent = data.texts.close;
  close.addEventListener("click", () => box.close());
  box.append(words, video, close);
  box.addEventListener("close", () => {
    stop(stream);
    box.remove();
    field.focus();
  });
  document.body.append(box);
  box.showModal();
  return [box, video];
}

async function scan(data: Data, field: HTMLInputElement): Promise<void> {
  const stream = await open("environment");
  const [box, video] = viewer(data, stream, field);
  try {
    await video.play();
    const reader = await (await import("../lib/scan")).scanner();
    while (box.open) {
      const texts = await reader.read(video);
      const digits = texts.map((text) => text.replace(/\D/g, "")).find((text) => /^89\d{16,18}$/.test(text));
      if (digits && box.open) {
        field.value = digits;
        field.dispatchEvent(new Event("input"));
        box.close();
      }
      await new Promise((next) => window.setTimeout(next, EVERY));
    }
  } finally {
    box.close();
  }
}

function offerScan(data: Data, field: HTMLInputElement, live: HTMLElement): void {
  if (!navigator.mediaDevices?.getUserMedia) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn alt small";
  button.textContent = data.texts.scan;
  button.addEventListener("click", () => {
    button.disabled = true;
    scan(data, field)
      .catch(() => {
        // A camera that fails leaves the field, which is there all the time.
        live.textContent = data.texts.failed;
        field.focus();
      })
      .finally(() => (button.disabled = false));
  });
  field.parentElement?.append(button);
}

function showChosenProof(): void {
  const chosen = document.querySelector<HTMLInputElement>("input[name=proof]:checked")?.value;
  document.querySelectorAll<HTMLElement>("[data-when]").forEach((part) => {
    part.hidden = part.dataset.when !== chosen;
  });
}

islands<Data>("iccid").forEach((data) => {
  const field = document.getElementById(data.field) as HTMLInputElement | null;
  const live = document.getElementById(data.live);
  if (!field || !live) return;
  field.addEventListener("input", () => check(field, live, data.texts));
  check(field, live, data.texts);
  offerScan(data, field, live);
});
document.querySelectorAll("input[name=proof]").forEach((radio) => radio.addEventListener("change", showChosenProof));
showChosenProof();
