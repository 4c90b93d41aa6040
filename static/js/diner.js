// What a phone gets on top of the plain pages: the product sheet, the search and allergen filter on the menu, live
// prices, and plain words when the network is gone. Every page works without this file.
(function () {
  "use strict";

  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const status = one("#status");

  function say(text, isTrouble = false) {
    status.classList.toggle("trouble", isTrouble);
    status.textContent = text;
    clearTimeout(say.timer);
    if (isTrouble) say.timer = setTimeout(() => { status.textContent = ""; status.classList.remove("trouble"); }, 8000);
  }

  // The product sheet: the product's own page, shown over the menu; the phone's back button closes it. ---------------

  const sheet = one("#sheet");

  function show(dialog) {
    if (dialog.open) return;
    dialog.append(status); // what lies outside an open dialog is not read out
    dialog.showModal();
  }

  function hide(dialog) {
    if (!dialog.open) return;
    if (still.matches) return dialog.close();
    dialog.classList.add("leaving");
    dialog.style.transform = "";
    setTimeout(() => dialog.close(), 180);
  }

  function afterClose(event) {
    const dialog = event.currentTarget;
    dialog.classList.remove("leaving");
    dialog.style.transform = "";
    document.body.append(status);
    if (dialog === sheet && history.state && history.state.sheet) history.back();
  }

  async function openProduct(link) {
    link.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(link.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const dish = one("#dish", page); // not on an error page
      if (!dish) throw new Error("no product");
      fill(document.adoptNode(dish));
      history.pushState({ sheet: true }, "", link.href);
      show(sheet);
      sheet.scrollTop = 0;
    } catch {
      say(document.body.dataset.offline, true);
    } finally {
      link.removeAttribute("aria-busy");
    }
  }

  function fill(dish) {
    one("#dish", sheet).replaceWith(dish);
    htmx.process(dish);
    prepareDish(dish);
    sheet.setAttribute("aria-label", one("h1", dish).textContent);
  }

  // A finger that pulls an unscrolled sheet down takes it along; far or fast enough, the sheet closes.
  function follow(dialog) {
    let from = null, moved = 0;
    dialog.addEventListener("touchstart", (event) => {
      const free = dialog.scrollTop <= 0 && event.touches.length === 1 && !event.target.closest("input, textarea");
      from = free ? { y: event.touches[0].clientY, at: event.timeStamp } : null;
      moved = 0;
    }, { passive: true });
    dialog.addEventListener("touchmove", (event) => {
      if (!from) return;
      const distance = event.touches[0].clientY - from.y;
      if (distance < 0 && !moved) { from = null; return; } // upwards: that is scrolling
      moved = Math.max(0, distance);
      event.preventDefault();
      dialog.style.transform = `translateY(${moved}px)`;
    }, { passive: false });
    dialog.addEventListener("touchend", (event) => {
      if (!from || !moved) return;
      const speed = moved / (event.timeStamp - from.at);
      from = null;
      if (moved > 120 || (moved > 24 && speed > 0.5)) close(dialog);
      else dialog.style.transform = "";
    });
    const grip = one(".grip", dialog);
    dialog.addEventListener("click", (event) => { if (event.target === dialog) close(dialog); });
    dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(dialog); });
    dialog.addEventListener("close", afterClose);
    grip.addEventListener("submit", (event) => { event.preventDefault(); close(dialog); });
  }

  function close(dialog) {
    if (dialog === sheet && history.state && history.state.sheet) history.back();
    else hide(dialog);
  }

  // The product form: steppers, the price of what is chosen, no more ticks than allowed. -----------------------------

  function prepareDish(dish) {
    const form = one("#dish-form", dish);
    if (!form) return;
    form.addEventListener("input", () => reckon(form));
    reckon(form);
  }

  function reckon(form) {
    const number = (input) => Math.max(0, parseInt(input.value, 10) || 0);
    const size = one("[name='modifier-size']:checked", form);
    let cents = Number(size ? size.dataset.cents : form.dataset.cents);
    for (const group of all("fieldset[data-free]", form)) {
      const chosen = [];
      for (const input of all("input[data-cents]", group)) {
        const count = input.type === "number" ? number(input) : Number(input.checked);
        for (let each = 0; each < count; each++) chosen.push(Number(input.dataset.cents));
      }
      chosen.sort((a, b) => b - a);
      cents += chosen.slice(Number(group.dataset.free)).reduce((sum, each) => sum + each, 0);
      const most = Number(group.dataset.most || Infinity);
      for (const box of all("input[type='checkbox']", group)) {
        if (!box.closest(".out")) box.disabled = !box.checked && chosen.length >= most;
      }
    }
    const quantity = form.elements.quantity;
    const digits = Number(form.dataset.digits);
    const write = new Intl.NumberFormat(document.documentElement.lang, {
      style: "currency", currency: form.dataset.currency, minimumFractionDigits: digits, maximumFractionDigits: digits,
    });
    one("#dish-price", form).textContent = write.format((cents * Math.max(1, number(quantity))) / 10 ** digits);
    for (const button of all("[data-step]", form)) {
      const input = one("input", button.parentNode);
      if (input.disabled) continue;
      const next = number(input) + Number(button.dataset.step);
      button.disabled = next < Number(input.min) || next > Number(input.max);
    }
  }

  function step(button) {
    const input = one("input", button.parentNode);
    input.value = (parseInt(input.value, 10) || 0) + Number(button.dataset.step);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    say(input.value);
  }

  // The menu: search as you type, allergens that stay on this phone, the category in view. ---------------------------

  const menu = one("#menu");
  const found = one("#found");
  const STORE = "allergens";

  function avoided() {
    try { return JSON.parse(localStorage.getItem(STORE)) || []; } catch { return []; }
  }

  function filter() {
    const field = one("#search input");
    const words = field.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const avoid = avoided();
    let shown = 0, kept = 0;
    for (const row of all(".product", menu)) {
      const text = all(".name, .text", row).map((part) => part.textContent).join(" ").toLocaleLowerCase();
      const matches = words.every((word) => text.includes(word));
      const contains = (row.dataset.allergens || "").split(" ");
      const conflicts = avoid.some((key) => contains.includes(key));
      row.hidden = !matches || conflicts;
      row.classList.toggle("unsure", avoid.length > 0 && row.dataset.allergens === undefined);
      if (!row.hidden) shown++;
      else if (conflicts && matches) kept++;
    }
    for (const section of all(".section", menu)) {
      for (const list of all(".products", section)) {
        const empty = !one(".product:not([hidden])", list);
        list.hidden = empty;
        for (let before = list.previousElementSibling; before && !before.matches(".products"); before = before.previousElementSibling) {
          if (before.matches(".sub, .sub ~ .intro")) before.hidden = empty;
        }
      }
      section.hidden = !one(".product:not([hidden])", section);
    }
    const notes = [];
    if (!shown) notes.push(found.dataset.none);
    if (kept) notes.push(`${found.dataset.hidden} ${kept}`);
    found.textContent = notes.join(" ");
    found.hidden = !notes.length;
    one("#open-allergens").classList.toggle("on", avoid.length > 0);
  }

  function prepareMenu() {
    const field = one("#search input");
    let timer;
    field.addEventListener("input", () => {
      clearTimeout(timer);
      filter();
      timer = setTimeout(() => { if (field.value) say(found.hidden ? `${found.dataset.count} ${all(".product:not([hidden])", menu).length}` : found.textContent); }, 600);
    });
    one("#search").addEventListener("submit", (event) => { event.preventDefault(); field.blur(); });
    const dialog = one("#allergens");
    const boxes = all("input", dialog);
    follow(dialog);
    one("#open-allergens").addEventListener("click", () => {
      const avoid = avoided();
      for (const box of boxes) box.checked = avoid.includes(box.value);
      show(dialog);
    });
    dialog.addEventListener("close", () => {
      const avoid = boxes.filter((box) => box.checked).map((box) => box.value);
      try { localStorage.setItem(STORE, JSON.stringify(avoid)); } catch { /* private mode: it holds for this page */ }
      filter();
    });
    if (avoided().length || field.value !== field.defaultValue) filter();
    spy();
  }

  function spy() {
    const links = all("#chips a");
    if (!links.length) return;
    const chips = one("#chips");
    const sections = links.map((link) => document.getElementById(link.hash.slice(1)));
    const mark = () => {
      let current = 0;
      sections.forEach((section, place) => { if (!section.hidden && section.getBoundingClientRect().top < 140) current = place; });
      if (innerHeight + scrollY >= document.documentElement.scrollHeight - 4) current = sections.length - 1;
      links.forEach((link, place) => {
        if (place !== current) return link.removeAttribute("aria-current");
        if (link.hasAttribute("aria-current")) return;
        link.setAttribute("aria-current", "true");
        chips.scrollTo({ left: link.offsetLeft - 48, behavior: still.matches ? "instant" : "smooth" });
      });
    };
    let waiting = false;
    addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; mark(); });
    }, { passive: true });
    mark();
  }

  // In the basket: what conflicts with the allergens kept on this phone. ----------------------------------------------

  function warnInBasket() {
    const basket = one("#basket");
    const avoid = avoided();
    if (!basket || !avoid.length) return;
    const names = basket.dataset.names ? JSON.parse(basket.dataset.names) : {};
    for (const line of all("[data-allergens]", basket)) {
      const meets = avoid.filter((key) => line.dataset.allergens.split(" ").includes(key));
      if (!meets.length) continue;
      const warning = document.createElement("p");
      warning.className = "conflict";
      warning.textContent = basket.dataset.contains.replace("%s", meets.map((key) => names[key] || key).join(", "));
      one(".row", line).append(warning);
    }
  }

  // Answers, and their absence. ----------------------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = event.target.closest("#menu .name a, [data-sheet]");
    if (link && sheet && sheet.showModal) {
      event.preventDefault();
      openProduct(link);
    }
    const button = event.target.closest("[data-step]");
    if (button) step(button);
  });

  addEventListener("popstate", () => {
    const inSheet = Boolean(history.state && history.state.sheet);
    if (sheet && sheet.open && !inSheet) hide(sheet);
    else if (inSheet && !(sheet && sheet.open)) location.reload(); // forward again: the same address as a page
  });

  // A refusal answers with the product and what was wrong with it: from the menu's own button it opens the sheet.
  function showRefusal(dish) {
    prepareDish(dish);
    if (!sheet || sheet.open) return;
    const product = one("[name='product']", dish);
    if (product) history.pushState({ sheet: true }, "", `/products/${product.value}/`);
    show(sheet);
  }

  // A refusal of ours says where it goes, be it a form or a whole page; a server in between says none, and our failure
  // leaves the page as it is.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status < 400 || xhr.status === 500 || !xhr.getResponseHeader("HX-Reswap")) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const target = event.detail.target;
    if (target.id === "dish" && event.detail.xhr.status >= 400 && one("#dish")) showRefusal(one("#dish"));
    if (target.id === "basket") warnInBasket();
    const onwards = one("a[data-go]");
    if (onwards) location.replace(onwards.href);
    const focus = one("[data-focus]");
    if (focus) focus.focus();
  });

  document.addEventListener("added", () => {
    const button = one(".add.tapped");
    if (sheet && sheet.open) close(sheet);
    if (!menu) location.assign(one(".back").href);
    if (button) {
      button.classList.replace("tapped", "done");
      setTimeout(() => button.classList.remove("done"), 1200);
    }
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    all(".add.tapped").forEach((button) => button.classList.remove("tapped"));
    const button = event.detail.requestConfig.triggeringEvent?.submitter;
    if (button?.matches(".add")) button.classList.add("tapped");
  });

  for (const trouble of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(trouble, (event) => {
      if (event.detail.requestConfig?.verb !== "get") say(document.body.dataset.offline, true);
    });
  }

  // A page brought back as it was left may be out of date by now.
  addEventListener("pageshow", (event) => {
    const [navigation] = performance.getEntriesByType("navigation");
    const isBack = event.persisted || navigation?.type === "back_forward";
    if (!isBack) return;
    if ("fresh" in document.body.dataset) { if (event.persisted) location.reload(); }
    else if (one("#basket-bar")) htmx.ajax("GET", location.href, { target: "#basket-bar", select: "#basket-bar", swap: "outerHTML" });
  });

  if (menu) prepareMenu();
  if (sheet) follow(sheet);
  if (one("#dish-form")) prepareDish(one("#dish"));
  warnInBasket();
})();
