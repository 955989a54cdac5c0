// What makes the pages pleasant: local times, countdowns, no double posts, totals that follow a choice.
// Every page works without it.
"use strict";

(() => {
  const language = document.documentElement.lang || undefined;
  const styles = {
    date: { dateStyle: "long" },
    time: { hour: "2-digit", minute: "2-digit" },
    seconds: { dateStyle: "medium", timeStyle: "medium" },
    "": { dateStyle: "medium", timeStyle: "short" },
  };

  function localTimes(root) {
    for (const time of root.querySelectorAll("time[data-local]")) {
      const at = new Date(time.dateTime);
      time.textContent = new Intl.DateTimeFormat(language, styles[time.dataset.local]).format(at);
      time.title = new Intl.DateTimeFormat(language, styles.seconds).format(at);
    }
  }

  function left(seconds) {
    const two = (number) => String(number).padStart(2, "0");
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
  }

  // The page says how many seconds are left; the clock of this machine may be wrong.
  function begin(root) {
    for (const time of root.querySelectorAll("time[data-countdown]")) {
      time.deadline = Date.now() + Number(time.dataset.countdown) * 1000;
    }
  }

  function countdowns() {
    for (const time of document.querySelectorAll("time[data-countdown]")) {
      const seconds = Math.round((time.deadline - Date.now()) / 1000);
      time.textContent = seconds > 0 ? left(seconds) : time.dataset.over;
      if (seconds <= 0 && time.dataset.then) press(document.getElementById(time.dataset.then));
    }
  }

  // Only while the page is visible, and not while its reader is typing.
  function press(button) {
    const isTyping = document.activeElement?.matches("textarea, input:not([type=radio])");
    if (button && !isTyping && document.visibilityState === "visible" && !button.form.dataset.sent) button.form.requestSubmit(button);
  }

  function enhance(root) {
    localTimes(root);
    begin(root);
    countdowns();
  }

  // A second click while the first is on its way does nothing. (That it could do no harm is the server's business.)
  function once(event) {
    const form = event.target;
    if (event.defaultPrevented || !form.hasAttribute("data-once")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const button = event.submitter;
    if (!button) return;
    button.setAttribute("aria-busy", "true");
    if (button.dataset.busy) {
      button.dataset.says = button.textContent;
      button.textContent = button.dataset.busy;
    }
  }

  // A page that comes back out of the browser's memory may be sent again.
  function again() {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("[aria-busy]")) {
      button.removeAttribute("aria-busy");
      if (button.dataset.says) button.textContent = button.dataset.says;
    }
  }

  function chosen(event) {
    const input = event.target;
    const form = input.form;
    if (!form) return;
    if (input.hasAttribute("data-address")) deliverTo(form);
    if (input.dataset.country) regions(input);
    if (input.dataset.total) sums(input);
  }

  // An arrow key only looks at the next address: then a button waits until one is meant.
  function deliverTo(form) {
    if (byKey) {
      form.querySelector("[data-use-address]").hidden = false;
      return;
    }
    form.action = form.dataset.requote;
    form.noValidate = true;
    form.submit();
  }

  // Another country has other regions. Without an answer the field stays, and the server asks when it has to.
  async function regions(country) {
    const field = country.form.querySelector(".field-region");
    const asked = new URLSearchParams({ country: country.value, prefix: country.dataset.prefix });
    const answer = await fetch(`${country.dataset.country}?${asked}`).catch(() => null);
    if (answer?.ok && !answer.redirected) field.outerHTML = await answer.text();
    // What one country can do without, another may ask for.
    const folded = country.form.querySelector("[data-folded]");
    if (folded) folded.open = true;
  }

  // Fetched at the shop the lines may cost something else: the server says it.
  function sums(option) {
    if (option.hasAttribute("data-look")) {
      option.form.requestSubmit(document.getElementById("renew"));
      return;
    }
    const [fee, total] = [document.querySelector("[data-shown-fee]"), document.querySelector("[data-shown-total]")];
    if (fee.textContent !== option.dataset.fee) fee.textContent = option.dataset.fee;
    if (total.textContent !== option.dataset.total) total.textContent = option.dataset.total;
    for (const taxes of document.querySelectorAll("[data-taxes-with]")) taxes.hidden = taxes.dataset.taxesWith !== option.value;
  }

  // The browser may bring back a choice that it remembers; the sums follow it.
  function remembered() {
    const option = document.querySelector("input[data-total]:checked");
    if (option) sums(option);
  }

  // Filters change the address of a page that stays: the language is switched there, not where it was opened.
  function switched(event) {
    if (event.target.matches(".languages")) event.target.elements.next.value = location.pathname + location.search;
  }

  // Nothing came of a click: no network. What is said is said anew each time, so that it is read out again.
  function unsent() {
    const note = document.getElementById("unsent");
    if (!note) return;
    note.hidden = true;
    requestAnimationFrame(() => {
      note.hidden = false;
    });
  }

  let byKey = false;
  for (const kind of ["keydown", "pointerdown"]) {
    const note = (event) => {
      byKey = event.type === "keydown";
    };
    document.addEventListener(kind, note, true);
  }
  document.addEventListener("submit", once);
  document.addEventListener("submit", switched);
  document.addEventListener("change", chosen);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) again();
    remembered();
  });
  window.addEventListener("shop:new-content", (event) => enhance(event.detail));
  // A part that could not be changed in place: the whole page says why.
  document.addEventListener("htmx:responseError", () => location.reload());
  for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, unsent);
  enhance(document);
  document.querySelector("[data-problem], .summary-of-errors")?.focus();
  setInterval(countdowns, 1000);
})();
