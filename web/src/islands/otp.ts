// The field of a one-time code: keeps digits only, sends itself when complete, and counts down to a new code.
import { fill, islands } from "../lib/island";

interface Data {
  field: string;
  digits: number;
  resend: string;
  seconds: number;
  texts: { wait: string };
}

function start(data: Data): void {
  const field = document.getElementById(data.field) as HTMLInputElement | null;
  field?.addEventListener("input", () => {
    const digits = field.value.normalize("NFKC").replace(/\D/g, "").slice(0, data.digits);
    if (digits !== field.value) field.value = digits;
    if (digits.length === data.digits) field.form?.requestSubmit();
  });
  const button = document.getElementById(data.resend) as HTMLButtonElement | null;
  if (!button) return;
  const words = button.textContent ?? "";
  const until = Date.now() + data.seconds * 1000;
  button.addEventListener("click", (event) => {
    if (Date.now() < until) event.preventDefault();
  });
  const tick = (): void => {
    const left = Math.ceil((until - Date.now()) / 1000);
    button.setAttribute("aria-disabled", String(left > 0));
    button.textContent = left > 0 ? fill(data.texts.wait, { seconds: left }) : words;
    if (left > 0) window.setTimeout(tick, 1000);
  };
  tick();
}

islands<Data>("otp").forEach(start);
