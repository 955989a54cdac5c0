// The live order page. The socket says that the status changed; the server renders what that looks like.
// After a lost connection it tries again, slower each time and never in step with other pages, and then catches up.
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

  // Both only grow: the status changes, and the movements of money, which may come after the last status.
  function isNewer(fresh, old) {
    const grown = ["sequence", "money"].map((name) => Number(fresh.dataset[name]) - Number(old.dataset[name]));
    return Math.min(...grown) >= 0 && Math.max(...grown) > 0;
  }

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
    const mine = new WebSocket(address);
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
    if (message.type !== "status") return;
    const returning = failures > 0;
    failures = 0;
    show("live");
    if (returning || message.sequence !== sequence()) refresh();
  }

  function lost(code) {
    socket = null;
    clearTimeout(timer);
    clearTimeout(silence);
    if (code === SIGNED_OUT || code === NOT_FOUND) {
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

  // What its reader has opened and typed stays, where the fresh part has it too.
  function keep(old, fresh) {
    const again = (one) => (one.id ? fresh.querySelector(`#${CSS.escape(one.id)}`) : null);
    for (const summary of old.querySelectorAll("details[open] > summary")) again(summary)?.parentElement.setAttribute("open", "");
    for (const field of old.querySelectorAll("input, textarea")) {
      const same = field.value === field.defaultValue ? null : again(field);
      if (same) same.value = field.value;
    }
  }

  // Who is typing goes on in the same place.
  function focus(same, caret) {
    (same || document.getElementById("main")).focus({ preventScroll: true });
    if (same && caret) same.setSelectionRange(...caret);
  }

  function swap(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("order-live");
    const old = part();
    if (!fresh || !isNewer(fresh, old)) return;
    const changed = fresh.dataset.status !== old.dataset.status;
    const at = old.contains(document.activeElement) ? document.activeElement : null;
    const focused = at ? at.id : "";
    const caret = at instanceof HTMLTextAreaElement || at?.type === "text" ? [at.selectionStart, at.selectionEnd] : null;
    keep(old, fresh);
    old.replaceWith(document.adoptNode(fresh));
    window.dispatchEvent(new CustomEvent("shop:new-content", { detail: part() }));
    if (focused) focus(document.getElementById(focused), caret);
    if (changed) announce.textContent = `${announce.dataset.says} ${part().querySelector("[data-status].badge").textContent}`;
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
