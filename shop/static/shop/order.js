// The live order page. The socket says that something happened; the server renders what that looks like, and what is
// another one than before is changed in place, so that what its reader types, has opened or looks at stays as it is. After a lost connection it tries again, slower each time and never in step with other pages, and then catches up.
"use strict";

(() => {
  const page = document.getElementById("order-page");
  const connection = document.getElementById("connection");
  const unreachable = document.getElementById("unreachable");
  const announce = document.getElementById("announce");
  if (!page || !("WebSocket" in window)) return;

  const FIRST_WAIT = 500;
  const MAX_WAIT = 10_000;
  const LOOK_ANYWAY = 60_000;
  const LONG_ASLEEP = 30_000;
  const TICK = 5000;
  // A server that takes connections and says nothing, or a network that swallows them, is as good as gone after this.
  const PATIENCE = 5000;
  const SIGNED_OUT = 4401;
  const NOT_FOUND = 4404;
  const BAD_CURSOR = 4400;
  const REGIONS = ["order-live", "order-aside"];
  // What the page itself has put there, and the server knows nothing of.
  const OURS = new Set(["open", "data-sent", "aria-busy"]);
  const address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${page.dataset.socket}`;

  let socket = null;
  let timer = null;
  let silence = null;
  let failures = 0;
  let stopped = false;
  let fetching = false;
  let fetchAgain = false;
  let hiddenSince = 0;
  let ticked = Date.now();

  const part = () => document.getElementById("order-live");
  const sequence = () => Number(part().dataset.sequence);

  function show(state) {
    connection.hidden = false;
    connection.dataset.state = state;
    const label = `label${state[0].toUpperCase()}${state.slice(1)}`;
    connection.textContent = connection.dataset[label];
    unreachable.hidden = !(state === "lost" && failures > 1) && state !== "offline";
  }

  function connect() {
    clearTimeout(timer);
    if (stopped || (socket && socket.readyState <= WebSocket.OPEN)) return;
    if (!failures) show("connecting");
    // From what the page shows on, so that nothing is missed between it and the socket.
    const mine = new WebSocket(`${address}?after=${part().dataset.cursor}`);
    socket = mine;
    mine.onmessage = (event) => mine === socket && heard(JSON.parse(event.data));
    mine.onclose = (event) => mine === socket && lost(event.code);
    clearTimeout(silence);
    silence = setTimeout(() => mine === socket && drop(), PATIENCE);
  }

  // Don't wait for a dead connection to say goodbye: that can take minutes.
  function drop() {
    const old = socket;
    lost();
    if (old) old.close();
  }

  function anew() {
    const old = socket;
    socket = null;
    if (old) old.close();
    connect();
    refresh();
  }

  function heard(message) {
    clearTimeout(silence);
    const returning = failures > 0;
    failures = 0;
    show("live");
    if (returning || message.type !== "status" || message.sequence !== sequence()) refresh();
  }

  function lost(code) {
    socket = null;
    clearTimeout(timer);
    clearTimeout(silence);
    if ([SIGNED_OUT, NOT_FOUND, BAD_CURSOR].includes(code)) {
      stop();
      return;
    }
    if (stopped) return;
    failures += 1;
    show(navigator.onLine === false ? "offline" : "lost");
    const wait = Math.min(MAX_WAIT, FIRST_WAIT * 2 ** failures);
    timer = setTimeout(connect, wait / 2 + Math.random() * (wait / 2));
  }

  // The network is back, and the socket has outlived its absence: nothing else would say so.
  function online() {
    if (socket?.readyState === WebSocket.OPEN && connection.dataset.state === "offline") show("live");
  }

  function stop() {
    stopped = true;
    clearTimeout(timer);
    if (socket) socket.close();
    show("stopped");
  }

  // The browser is back: look at once. A socket that slept with the laptop may be dead without having noticed.
  function wake() {
    if (stopped) return;
    ticked = Date.now();
    if (document.visibilityState === "hidden") {
      hiddenSince = Date.now();
      return;
    }
    const slept = hiddenSince && Date.now() - hiddenSince > LONG_ASLEEP;
    hiddenSince = 0;
    if (slept) anew();
    else if (socket && socket.readyState === WebSocket.OPEN) refresh();
    else connect();
  }

  async function refresh() {
    if (fetching) {
      fetchAgain = true;
      return;
    }
    fetching = true;
    try {
      const answer = await fetch(page.dataset.liveUrl, {
        headers: { "X-Requested-With": "fetch" },
        signal: AbortSignal.timeout(3 * PATIENCE),
      });
      if (answer.redirected || answer.status === 404) stop();
      else if (answer.ok) {
        swap(await answer.text());
        online();
      }
    } catch {
      // No network: let go of a socket that has not noticed yet. Its return brings us back here.
      if (socket) drop();
    } finally {
      fetching = false;
      if (fetchAgain) {
        fetchAgain = false;
        refresh();
      }
    }
  }

  // What its reader has typed and opened, and where they are: by the ids of fields and of what opens.
  function readersOwn(regions) {
    const at = regions.some((one) => one.contains(document.activeElement)) ? document.activeElement : null;
    const hasCaret = at instanceof HTMLTextAreaElement || at?.type === "text";
    const fields = regions.flatMap((one) => [...one.querySelectorAll("input[id], textarea[id]")]);
    const summaries = regions.flatMap((one) => [...one.querySelectorAll("details[open] > summary[id]")]);
    return {
      at,
      id: at?.id,
      caret: hasCaret ? [at.selectionStart, at.selectionEnd] : null,
      typed: new Map(fields.filter((one) => one.value !== one.defaultValue).map((one) => [one.id, one.value])),
      opened: summaries.map((one) => one.id),
    };
  }

  // Where an element could not stay, its successor has what was its reader's.
  function giveBack(own) {
    for (const id of own.opened) document.getElementById(id)?.parentElement.setAttribute("open", "");
    for (const [id, value] of own.typed) {
      const field = document.getElementById(id);
      if (field && field.value !== value) field.value = value;
    }
    if (own.at && own.at !== document.activeElement) focus(own.id ? document.getElementById(own.id) : null, own.caret);
  }

  // Who is typing goes on in the same place.
  function focus(same, caret) {
    (same || document.getElementById("main")).focus({ preventScroll: true });
    if (same && caret) same.setSelectionRange(...caret);
  }

  // What an element is known by among its kind. A field or a fold is never turned into another one.
  const keyOf = (one) => one.id || one.querySelector?.(":scope > summary")?.id || one.getAttribute?.("name") || "";
  const isAlike = (one, other) => one.nodeName === other.nodeName && keyOf(one) === keyOf(other);

  function changeAttributes(old, fresh) {
    for (const { name } of [...old.attributes]) {
      if (!OURS.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (!OURS.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
  }

  // The old node that becomes this child; none where there is none, or where one that stays would have to go for it.
  function partner(child, next, later) {
    if (child.nodeType !== Node.ELEMENT_NODE) return next?.nodeType === child.nodeType ? next : null;
    for (let one = next; one; one = one.nextSibling) {
      if (isAlike(one, child)) return one;
      if (one.nodeType === Node.ELEMENT_NODE && later.some((other) => isAlike(one, other))) return null;
    }
    return null;
  }

  // Make the old one say what the fresh one says, and touch nothing that says it already.
  function change(old, fresh) {
    if (old.isEqualNode(fresh)) return;
    if (old.nodeType === Node.ELEMENT_NODE) {
      changeAttributes(old, fresh);
      changeChildren(old, [...fresh.childNodes]);
    } else {
      old.nodeValue = fresh.nodeValue;
    }
  }

  function changeChildren(old, children) {
    let next = old.firstChild;
    children.forEach((child, at) => {
      const same = partner(child, next, children.slice(at + 1));
      if (same) {
        next = removedUntil(next, same).nextSibling;
        change(same, child);
      } else {
        old.insertBefore(document.adoptNode(child), next);
      }
    });
    removedUntil(next, null);
  }

  function removedUntil(from, end) {
    let node = from;
    while (node !== end) {
      const next = node.nextSibling;
      node.remove();
      node = next;
    }
    return end;
  }

  const enhance = (root) => window.dispatchEvent(new CustomEvent("shop:new-content", { detail: root }));

  function swap(html) {
    const answer = new DOMParser().parseFromString(html, "text/html");
    const fresh = REGIONS.map((id) => answer.getElementById(id));
    const old = REGIONS.map((id) => document.getElementById(id));
    if (!fresh.every(Boolean)) return;
    const before = part().dataset.status;
    const own = readersOwn(old);
    for (const [at, one] of old.entries()) {
      enhance(fresh[at]);
      change(one, fresh[at]);
      enhance(one);
    }
    giveBack(own);
    if (part().dataset.status !== before) {
      announce.textContent = `${announce.dataset.says} ${part().querySelector("[data-status].badge").textContent}`;
    }
  }

  window.addEventListener("online", wake);
  window.addEventListener("offline", () => !stopped && show("offline"));
  window.addEventListener("pageshow", (event) => event.persisted && wake());
  document.addEventListener("visibilitychange", wake);
  setInterval(() => {
    if (!stopped && document.visibilityState === "visible") refresh();
  }, LOOK_ANYWAY);

  // Timers stand still while the machine sleeps, and not every browser says that it woke: a tick that is late by far
  // does. (In a hidden page all ticks are late; `wake` looks after that.)
  setInterval(() => {
    const late = Date.now() - ticked - TICK;
    ticked = Date.now();
    if (!stopped && document.visibilityState === "visible" && late > LONG_ASLEEP) anew();
  }, TICK);
  connect();
})();
