// Single keys that choose or follow; they decide nothing. Switchable off on the page (WCAG 2.1.4), silent while typing.
const TYPING = "input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]";

export function press(key: string, root: ParentNode = document): boolean {
  if (/^[1-9]$/.test(key)) {
    const picture = root.querySelector<HTMLElement>(`[data-picture="${key}"] a`);
    picture?.scrollIntoView({ block: "nearest" });
    picture?.focus();
    return picture !== null;
  }
  const target = root.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
  if (!target) return false;
  target.focus();
  target.click();
  return true;
}

const on = document.querySelector<HTMLElement>("[data-keys]")?.dataset.keys === "on";
document.documentElement.classList.toggle("keys-off", !on);
if (on) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if ((event.target as Element | null)?.closest(TYPING)) return;
    if (press(event.key.toLowerCase())) event.preventDefault();
  });
}
