// Loads the page again after a while, as long as somebody looks at it. Without scripts a <noscript> refresh does the same.
import { islands } from "../lib/island";

islands<{ seconds: number }>("reload").forEach(({ seconds }) => {
  window.setInterval(() => {
    if (!document.hidden) location.reload();
  }, seconds * 1000);
});
