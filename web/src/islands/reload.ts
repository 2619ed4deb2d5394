// Looks for news while somebody looks at the page, and loads it again only when there is some, so that nothing moves
// under a reader. Without scripts a <noscript> refresh does the same.
import { islands } from "../lib/island";

async function news(): Promise<boolean> {
  const answer = await fetch(location.href, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return true;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  return fresh?.textContent !== document.querySelector("main")?.textContent;
}

islands<{ seconds: number }>("reload").forEach(({ seconds }) => {
  window.setInterval(() => {
    if (document.hidden) return;
    // Without a network there is no news; the next look is a few seconds away.
    news().then((some) => some && location.reload()).catch(() => undefined);
  }, seconds * 1000);
});
