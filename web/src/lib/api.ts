// Calls of `/v1` from a page: with its token, in its language; a refusal carries the server's own words.
import { csrf } from "./island";

export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly text: string,
  ) {
    super(text);
  }

  /** Whether it passes once the person has signed in again or loaded the page again: nothing is thrown away for it. */
  get passing(): boolean {
    return this.code === "SIGN_IN_REQUIRED" || this.code === "PAGE_TOO_OLD";
  }
}

/** Calls and gives the answer's JSON. Raises `Refusal`, or the network's own error. */
export async function api<T>(method: string, address: string, body?: BodyInit, headers: HeadersInit = {}): Promise<T> {
  const answer = await fetch(address, {
    method,
    body,
    headers: { "X-CSRF-Token": csrf(), Accept: "application/json", "Accept-Language": document.documentElement.lang, ...headers },
    credentials: "same-origin",
  });
  if (answer.ok) return (await answer.json()) as T;
  const problem = (await answer.json().catch(() => ({}))) as { code?: string; title?: string; hint?: string };
  throw new Refusal(answer.status, problem.code ?? "", [problem.title, problem.hint].filter(Boolean).join(" "));
}
