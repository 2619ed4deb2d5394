// A field to sign in with finger, pen or mouse. What is drawn goes into the form as a picture; without scripts the customer
// types the name instead.
import { islands } from "./island";

interface Data {
  place: string;
  field: string;
  texts: { label: string; clear: string };
}

function start({ place, field, texts }: Data): void {
  const home = document.getElementById(place);
  const input = document.getElementById(field) as HTMLInputElement | null;
  if (!home || !input) return;
  const label = document.createElement("p");
  label.textContent = texts.label;
  label.id = `${place}-label`;
  const canvas = document.createElement("canvas");
  canvas.width = 800;
  canvas.height = 300;
  canvas.className = "sign";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-labelledby", label.id);
  const clear = document.createElement("button");
  clear.type = "button";
  clear.className = "btn quiet small";
  clear.textContent = texts.clear;
  home.append(label, canvas, clear);
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const wipe = (): void => {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    input.value = "";
  };
  wipe();
  clear.addEventListener("click", wipe);
  const at = (event: PointerEvent): [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
  };
  let drawing = false;
  canvas.addEventListener("pointerdown", (event) => {
    drawing = true;
    canvas.setPointerCapture(event.pointerId);
    pen.strokeStyle = "#000";
    pen.lineWidth = 4;
    pen.lineCap = "round";
    pen.lineJoin = "round";
    pen.beginPath();
    pen.moveTo(...at(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    pen.lineTo(...at(event));
    pen.stroke();
  });
  const lift = (): void => {
    if (!drawing) return;
    drawing = false;
    input.value = canvas.toDataURL("image/png");
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
}

islands<Data>("signature").forEach(start);
