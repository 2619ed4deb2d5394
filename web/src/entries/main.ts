// On every page: put the reader's attention where it belongs, and keep a button from being pressed twice.

const faults = document.getElementById("faults");
const heading = document.querySelector<HTMLElement>("h1[tabindex]");

if (faults) faults.focus();
else if (heading && !location.hash && document.referrer.startsWith(location.origin)) {
  heading.focus({ preventScroll: true });
}

document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  (event.submitter as HTMLElement | null)?.setAttribute("aria-busy", "true");
});

// Coming back by the back button shows the kept page: its form may be sent again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.querySelectorAll<HTMLFormElement>("form[data-sent]").forEach((form) => delete form.dataset.sent);
  document.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
});

// A field to sign in is on few pages, so its code comes only where there is one.
if (document.querySelector('script[data-island="signature"]')) void import("../lib/signature");
