// The page of a phone: it shows what the server says, and sends what is typed until the server has it.
"use strict";

(() => {
  const BEAT_SECONDS = 15; // The server gives a sign of life this often, as routes.py says.
  const page = document.body.dataset;
  const here = location.pathname.replace(/\/$/, "");
  const at = (id) => document.getElementById(id);
  const memory = {}; // A browser may keep nothing; this lasts until the page is left.

  const read = (name) => {
    try { return localStorage.getItem(`adder ${name} ${page.code}`); } catch { return memory[name] ?? null; }
  };
  const keep = (name, text) => {
    memory[name] = text;
    try {
      if (text === null) localStorage.removeItem(`adder ${name} ${page.code}`);
      else localStorage.setItem(`adder ${name} ${page.code}`, text);
    } catch { /* It stays in memory. */ }
  };

  let now = {}; // This view is shown.
  let player = read("player");
  let sending = JSON.parse(read("answer") || "null"); // The server may not have this answer yet.
  let source = null;
  let heard = 0; // The server was last heard at this time.
  let streaming = false; // The stream has brought something.
  let tries = 0;
  let later = 0;
  let until = 0; // The time for the answer is up at this moment.
  let ended = false;

  const describe = (node, name, text) => node.setAttribute(`aria-${name}`, text);
  const say = (id, text) => {
    if (at(id).textContent !== (text ?? "")) at(id).textContent = text ?? "";
  };

  // These functions show a view.

  function show(view) {
    if (view.version < now.version) return; // A newer view has overtaken it.
    const before = now;
    now = view;
    ended = view.phase === "gone";
    if (view.phase === "outside") [player, sending] = [null, null];
    if (sending && !(view.phase === "asked" && view.number === sending.number)) waitForNothing();
    [page.phase, page.kind] = [view.phase, view.kind ?? ""];
    page.judged = view.right ?? "";
    until = view.left == null ? 0 : Date.now() + 1000 * view.left;
    at("join").hidden = view.phase !== "outside";
    at("ask").hidden = view.phase !== "asked";
    if (view.phase === "asked" && !(before.phase === "asked" && before.number === view.number)) ask(view);
    at("rows").hidden = !(view.rows || []).length;
    at("head").hidden = !view.head && view.phase !== "outside";
    if (view.head) say("head", view.head);
    for (const name of ["said", "note", "place"]) say(name, view[name]);
    say("who", view.name);
    picture(view.picture, view.described);
    list(view.rows || []);
    tick();
    busy();
    if (ended && source) source.close();
  }

  function picture(address, described) {
    at("picture").hidden = !address;
    at("picture").alt = described || "";
    if (address && !at("picture").src.endsWith(address)) at("picture").src = `${here}/${address}`;
  }

  function list(rows) {
    at("rows").tBodies[0].replaceChildren(...rows.map((row) => {
      const line = document.createElement("tr");
      for (const [text, right] of [[row.question], [row.given, row.right], [row.written, row.network]]) {
        const cell = line.insertCell();
        cell.textContent = right == null ? text : `${right ? "✓" : "✗"} ${text}`;
        if (right != null) [cell.className, cell.title] = right ? ["right", page.right] : ["wrong", page.wrong];
      }
      return line;
    }));
  }

  function tick() {
    const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000));
    say("left", until ? page.left.replace("{seconds}", seconds) : "");
  }

  // These functions ask the question of a view.

  function typing() { // What was wrong with the answer before is no longer so.
    if (at("trouble").textContent !== page.again) say("trouble", "");
  }

  function button(text, pressed) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", () => { pressed(); typing(); });
    return made;
  }

  function ask(view) {
    const box = at("typed"), pad = view.pad || [];
    box.value = "";
    box.inputMode = pad.length ? "none" : "text"; // The phone's own keys would cover the sum.
    at("box").hidden = view.kind !== "sum";
    at("pad").replaceChildren(...(view.kind === "sum" && pad.length ? [...pad, "⌫"] : []).map((sign) => {
      if (!sign) return document.createElement("span");
      const key = button(sign, () => { box.value = sign === "⌫" ? box.value.slice(0, -1) : box.value + sign; });
      if (sign === "⌫") describe(key, "label", page.remove);
      if (sign === "−") describe(key, "label", page.minus);
      return key;
    }));
    at("options").replaceChildren(...(view.options || []).map((text, place) => {
      const option = button(text, () => {
        box.value = String(place);
        for (const each of at("options").children) describe(each, "pressed", each === option);
      });
      describe(option, "pressed", false);
      return option;
    }));
    table(view);
    say("chosen", "");
    say("trouble", "");
    if (view.kind === "sum") box.focus({ preventScroll: true });
  }

  function table({ kind, smallest, largest, most }) {
    const box = at("typed"), cells = [], chosen = new Set();
    for (let row = smallest; kind === "cells" && row <= largest; row++) {
      for (let column = row; column <= largest; column++) { // 3+4 stands for 4+3, too, so that every cell fits a thumb.
        const cell = button(`${row} + ${column}`, () => {
          const name = `${row}+${column}`;
          if (!chosen.delete(name) && chosen.size < most) chosen.add(name);
          box.value = [...chosen].join(" ");
          say("chosen", [...chosen].join(", "));
          describe(cell, "pressed", chosen.has(name));
        });
        describe(cell, "pressed", false);
        cells.push(cell);
      }
    }
    at("cells").replaceChildren(...cells);
  }

  function busy() {
    const waits = sending !== null && now.phase === "asked";
    for (const each of at("ask").querySelectorAll("button, input")) each.disabled = waits;
    say("send", waits ? page.sending : page.send);
  }

  function waitForNothing() {
    sending = null;
    keep("answer", null);
  }

  // These functions send, and send again until the server has it.

  const pause = (seconds) => new Promise((done) => {
    setTimeout(done, 1000 * seconds * (0.7 + 0.6 * Math.random()));
    addEventListener("online", done, { once: true });
  });

  async function asked(path, sent) {
    const giveUp = new AbortController(), limit = setTimeout(() => giveUp.abort(), 6000);
    try {
      const headers = { "Accept-Language": document.documentElement.lang, "Content-Type": "application/json" };
      const body = sent && JSON.stringify(sent);
      const reply = await fetch(here + path, { method: sent ? "POST" : "GET", headers, body, signal: giveUp.signal });
      const told = await reply.json();
      return reply.status === 429 || reply.status >= 500 ? null : { ok: reply.ok, told };
    } catch {
      return null; // There is no connection, or another server answered.
    } finally {
      clearTimeout(limit);
    }
  }

  async function delivered(path, sent, wanted) {
    for (let wait = 0.3; wanted(); wait = Math.min(4, 1.6 * wait)) {
      const reply = await asked(path, sent);
      if (reply) {
        say("trouble", reply.ok ? "" : reply.told.said);
        if (reply.ok) show(reply.told.view);
        else if (reply.told.phase === "gone") show(reply.told);
        return reply;
      }
      say("trouble", page.again);
      await pause(wait);
    }
    return null;
  }

  function key() {
    if (!read("key")) {
      const random = crypto.getRandomValues(new Uint8Array(18));
      keep("key", btoa(String.fromCharCode(...random)).replaceAll("+", "-").replaceAll("/", "_"));
    }
    return read("key");
  }

  async function join(event) {
    event.preventDefault();
    at("join").querySelector("button").disabled = true;
    const reply = await delivered("/join", { key: key(), name: at("name").value }, () => true);
    at("join").querySelector("button").disabled = false;
    if (!reply.ok) return;
    keep("player", player = reply.told.player);
    listen();
  }

  function answer(event) {
    event.preventDefault();
    if (!at("typed").value.trim()) return say("trouble", page.first);
    sending = { number: now.number, typed: at("typed").value };
    keep("answer", JSON.stringify(sending));
    deliver();
  }

  async function deliver() {
    const mine = sending;
    busy();
    const reply = await delivered("/answer", { key: key(), ...mine }, () => sending === mine);
    if (!reply || sending !== mine) return;
    waitForNothing();
    if (reply.ok) return;
    busy();
    at("typed").focus({ preventScroll: true });
    look();
  }

  // These functions hear what the server says.

  async function look() {
    const reply = await asked(`/view?player=${player || ""}`);
    if (reply && (reply.ok || reply.told.phase === "gone")) alive(reply.told);
    return reply !== null;
  }

  function alive(view) {
    [heard, tries] = [Date.now(), 0];
    if (at("trouble").textContent === page.again && !sending) say("trouble", "");
    if (view) show(view);
  }

  function listen() {
    clearTimeout(later);
    if (source) source.close();
    if (!player || ended) return;
    [heard, streaming] = [Date.now(), false];
    source = new EventSource(`${here}/events?player=${player}`);
    source.addEventListener("view", (event) => { streaming = true; alive(JSON.parse(event.data)); });
    source.addEventListener("beat", () => { streaming = true; alive(); });
    source.addEventListener("error", again);
  }

  function again() {
    if (source) source.close();
    clearTimeout(later);
    if (ended) return;
    const wait = Math.min(5, 0.3 * 1.6 ** tries++) * (0.7 + 0.6 * Math.random());
    later = setTimeout(async () => {
      if (await look()) listen();
      else { say("trouble", page.again); again(); }
    }, 1000 * wait);
  }

  function awake() {
    if (document.visibilityState === "visible" && player && !ended) { tries = 0; again(); }
  }

  at("join").addEventListener("submit", join);
  at("ask").addEventListener("submit", answer);
  at("typed").addEventListener("input", typing);
  document.addEventListener("visibilitychange", awake);
  for (const what of ["online", "pageshow"]) addEventListener(what, (event) => { if (event.persisted !== false) awake(); });
  setInterval(tick, 500);
  setInterval(() => { // The stream may die unnoticed, or be held back on its way.
    if (!player || ended || document.visibilityState !== "visible") return;
    if (Date.now() - heard > 2500 * BEAT_SECONDS) again();
    else if (!streaming && Date.now() - heard > 4000) look();
  }, 2000);
  if (!player) show({ phase: "outside" });
  else look().then((found) => {
    if (!found) say("trouble", page.again);
    if (sending && now.phase === "asked") deliver();
    listen();
  });
})();
