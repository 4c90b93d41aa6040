// The kitchen board's bell and its word when the connection is gone. Everything else on staff pages works without this.
"use strict";

(() => {
  const RING_EVERY_MS = 4000;
  const KEPT_AS = "tableside-sound";
  const button = document.getElementById("sound");
  const lost = document.getElementById("lost");
  if (!button) return;

  const bell = new Audio(button.dataset.sound);
  let isOn = localStorage.getItem(KEPT_AS) === "on";
  let lastRing = 0;

  function show() {
    button.hidden = false;
    button.textContent = isOn ? button.dataset.on : button.dataset.off;
    button.setAttribute("aria-pressed", String(isOn));
    button.classList.toggle("tap-on", isOn);
  }

  function ring() {
    lastRing = Date.now();
    // A browser that has not been touched yet refuses to play: the button then says that the sound is off.
    bell.play().catch(() => {
      isOn = false;
      show();
    });
  }

  function waiting() {
    const board = document.getElementById("board");
    return board ? Number(board.dataset.rings) : 0;
  }

  button.addEventListener("click", () => {
    isOn = !isOn;
    localStorage.setItem(KEPT_AS, isOn ? "on" : "off");
    show();
    if (isOn) ring();
  });

  setInterval(() => {
    const count = waiting();
    document.title = document.title.replace(/^\(\d+\) /, "");
    if (count > 0) document.title = `(${count}) ${document.title}`;
    if (isOn && count > 0 && Date.now() - lastRing >= RING_EVERY_MS) ring();
  }, 500);

  document.body.addEventListener("htmx:sendError", () => { lost.hidden = false; });
  document.body.addEventListener("htmx:timeout", () => { lost.hidden = false; });
  document.body.addEventListener("htmx:responseError", () => { lost.hidden = false; });
  document.body.addEventListener("htmx:afterOnLoad", () => { lost.hidden = true; });

  show();
})();
