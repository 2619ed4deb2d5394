// The card's number: checked while it is typed, scanned where the browser can; and only the chosen proof is shown.
import { fill, islands } from "../lib/island";
import { luhn } from "../lib/luhn";

interface Data {
  field: string;
  live: string;
  texts: { scan: string; good: string; wrong: string; more: string; aim: string; close: string };
}

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}

function check(field: HTMLInputElement, live: HTMLElement, texts: Data["texts"]): void {
  const digits = field.value.replace(/\D/g, "");
  live.className = "small";
  if (digits.length === 0) live.textContent = "";
  else if (digits.length < 18) live.textContent = fill(texts.more, { n: digits.length });
  else if (luhn(digits)) live.textContent = `✓ ${texts.good}`;
  // Only 19 digits surely end in a check digit; in 20 the last place may be used otherwise.
  else live.textContent = digits.length === 19 ? `✕ ${texts.wrong}` : fill(texts.more, { n: digits.length });
}

async function scan(data: Data, field: HTMLInputElement, detector: Detector): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const box = document.createElement("dialog");
  box.className = "card";
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true, srcObject: stream });
  const words = document.createElement("p");
  words.textContent = data.texts.aim;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn alt";
  close.textContent = data.texts.close;
  close.addEventListener("click", () => box.close());
  box.append(words, video, close);
  document.body.append(box);
  box.showModal();
  box.addEventListener("close", () => {
    stream.getTracks().forEach((track) => track.stop());
    box.remove();
    field.focus();
  });
  await video.play();
  while (box.open) {
    const codes = await detector.detect(video);
    const digits = codes.map((code) => code.rawValue.replace(/\D/g, "")).find((text) => /^89\d{16,18}$/.test(text));
    if (digits) {
      field.value = digits;
      field.dispatchEvent(new Event("input"));
      box.close();
    }
    await new Promise((next) => window.setTimeout(next, 150));
  }
}

function offerScan(data: Data, field: HTMLInputElement): void {
  const Kind = (window as unknown as { BarcodeDetector?: new (o: { formats: string[] }) => Detector }).BarcodeDetector;
  if (!Kind || !navigator.mediaDevices?.getUserMedia) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn alt small";
  button.textContent = data.texts.scan;
  button.addEventListener("click", () => {
    // A camera that fails leaves the field, which is there all the time.
    scan(data, field, new Kind({ formats: ["code_128", "qr_code", "itf"] })).catch(() => field.focus());
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
  offerScan(data, field);
});
document.querySelectorAll("input[name=proof]").forEach((radio) => radio.addEventListener("change", showChosenProof));
showChosenProof();
