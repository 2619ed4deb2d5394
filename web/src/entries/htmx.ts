// Pages that look for news by themselves. No evaluation and no inline style: the pages' policy forbids both.
import htmx from "htmx.org";

/** A page left alone stops asking, so that it does not keep a staff session alive that nobody uses. */
const ALONE = 600_000;
let seen = Date.now();

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.historyEnabled = false;

for (const deed of ["pointerdown", "keydown", "scroll"]) {
  document.addEventListener(deed, () => (seen = Date.now()), { passive: true });
}

// Nothing is exchanged under a person's hands, nor for nobody.
document.addEventListener("htmx:beforeRequest", (event) => {
  const busy = (event.target as Element).contains(document.activeElement);
  if (document.hidden || busy || Date.now() - seen > ALONE) event.preventDefault();
});
