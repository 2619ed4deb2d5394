/** The data of an island: JSON that the page carries, so that scripts hold no words and no addresses of their own. */
export function islands<T>(name: string): T[] {
  const found = document.querySelectorAll<HTMLScriptElement>(`script[data-island="${name}"]`);
  return Array.from(found, (element) => JSON.parse(element.textContent ?? "null") as T);
}

/** Fills named braces: `fill("{n} digits", { n: 3 })`. */
export function fill(text: string, params: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

/** The token a changing call must bring. */
export function csrf(): string {
  return document.body.dataset.csrf ?? "";
}
