// The code page: the button that sends the code again waits for a visible countdown. Without this file it waits for nothing.
(function () {
  "use strict";

  const begun = Date.now();

  function count() {
    const text = document.querySelector("[data-wait]");
    const button = document.querySelector("[data-after-wait]");
    if (!text || !button) return;
    const left = Math.ceil(Number(text.dataset.wait) - (Date.now() - begun) / 1000);
    text.hidden = left <= 0;
    text.textContent = text.dataset.words.replace("%s", left);
    button.disabled = left > 0;
    if (left > 0) setTimeout(count, 1000);
  }

  document.addEventListener("htmx:afterSwap", count);
  count();
})();
