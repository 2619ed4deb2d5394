// Zoom, move, turn and brighten all pictures of a case together. Without it each picture opens in full by its link.
interface View {
  scale: number;
  x: number;
  y: number;
  turn: number;
  light: number;
}

const REST: View = { scale: 1, x: 0, y: 0, turn: 0, light: 1 };

export function mount(box: HTMLElement, tools: HTMLElement | null): void {
  const view = { ...REST };
  const texts: Record<string, string> = JSON.parse(box.dataset.texts ?? "{}");
  const figures = [...box.querySelectorAll<HTMLElement>(".pic")];

  const show = (): void => {
    for (const figure of figures) {
      const image = figure.querySelector("img");
      if (!image) continue;
      image.style.transform = `translate(${view.x}px, ${view.y}px) rotate(${view.turn}deg) scale(${view.scale})`;
      image.style.filter = view.light === 1 ? "" : `brightness(${view.light})`;
    }
  };
  const zoom = (factor: number): void => {
    view.scale = Math.min(8, Math.max(1, view.scale * factor));
    if (view.scale === 1) view.x = view.y = 0;
    show();
  };
  const change = (part: Partial<View>): void => {
    Object.assign(view, part);
    show();
  };
  const acts: { name: string; key?: string; run: () => void }[] = [
    { name: "in", key: "z", run: () => zoom(1.5) },
    { name: "out", run: () => zoom(1 / 1.5) },
    { name: "turn", run: () => change({ turn: (view.turn + 90) % 360 }) },
    { name: "bright", run: () => change({ light: view.light >= 2 ? 1 : view.light + 0.5 }) },
    { name: "reset", run: () => change(REST) },
  ];
  if (tools) {
    for (const act of acts) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = texts[act.name] ?? act.name;
      if (act.key) button.dataset.key = act.key;
      button.addEventListener("click", act.run);
      tools.append(button);
    }
    tools.hidden = false;
    tools.title = texts.hint ?? "";
  }
  for (const figure of figures) drag(figure, view, show);
}

function drag(figure: HTMLElement, view: View, show: () => void): void {
  let from: { x: number; y: number } | null = null;
  let moved = false;
  figure.addEventListener("pointerdown", (event) => {
    if (view.scale === 1 || event.button !== 0) return;
    from = { x: event.clientX - view.x, y: event.clientY - view.y };
    moved = false;
  });
  figure.addEventListener("pointermove", (event) => {
    if (!from) return;
    const x = event.clientX - from.x;
    const y = event.clientY - from.y;
    moved ||= Math.abs(x - view.x) + Math.abs(y - view.y) > 3;
    view.x = x;
    view.y = y;
    figure.classList.add("moving");
    show();
  });
  const stop = (): void => {
    from = null;
    figure.classList.remove("moving");
  };
  figure.addEventListener("pointerup", stop);
  figure.addEventListener("pointerleave", stop);
  figure.addEventListener("dragstart", (event) => event.preventDefault());
  // A drag that ends on the link is no click on it.
  figure.addEventListener("click", (event) => {
    if (moved) event.preventDefault();
    moved = false;
  });
}

const box = document.querySelector<HTMLElement>('[data-island="image-compare"]');
if (box) mount(box, document.querySelector<HTMLElement>("[data-tools]"));
