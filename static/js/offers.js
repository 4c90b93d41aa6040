// Offers on a phone: the time a hold has left, the balance that counts up, and the page under the sheet brought up to date.
(function () {
  "use strict";

  const all = (selector) => [...document.querySelectorAll(selector)];
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const sheet = document.querySelector("#sheet");
  let isStale = false;

  function tick() {
    for (const hold of all("[data-until]")) {
      const left = Math.round(Number(hold.dataset.until) - Date.now() / 1000);
      const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      hold.textContent = left > 0 ? hold.dataset.words.replace("%s", time) : hold.dataset.over;
      hold.closest("[data-lapses]")?.classList.toggle("over", left <= 0);
    }
  }

  function countUp() {
    for (const number of all("[data-count-to]")) {
      const from = Number(number.dataset.countFrom), to = Number(number.dataset.countTo), shown = number.textContent;
      delete number.dataset.countTo;
      if (still.matches || from === to || countUp.isDone) continue;
      countUp.isDone = true;
      const write = new Intl.NumberFormat(document.documentElement.lang);
      const begun = performance.now();
      const step = (now) => {
        const part = Math.min(1, (now - begun) / 900);
        number.textContent = part < 1 ? write.format(Math.round(from + (to - from) * (1 - (1 - part) ** 3))) : shown;
        if (part < 1) requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    }
  }

  async function refresh() {
    isStale = false;
    try {
      const response = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      for (const id of ["offers", "basket", "basket-bar"]) {
        const old = document.getElementById(id), fresh = page.getElementById(id);
        if (!old || !fresh) continue;
        old.replaceWith(document.adoptNode(fresh));
        htmx.process(fresh);
      }
      tick();
    } catch { /* it is as it was, and the next page shows it */ }
  }

  document.addEventListener("redeemed", () => { isStale = true; });
  document.addEventListener("htmx:afterSwap", () => { tick(); countUp(); });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-close]") || !sheet || !sheet.open) return;
    event.preventDefault();
    history.back();
  });
  if (sheet) sheet.addEventListener("close", () => { if (isStale) refresh(); });

  tick();
  setInterval(tick, 1000);
  countUp();
})();
