// The player: plays a stream, says what it does, and shows what is heard when it is heard.
// Without this file the page has links and the browser's own controls.
(() => {
"use strict";

const STALL_MS = 4000;      // no progress for this long: connect again
const CONNECT_MS = 12000;   // nothing to hear for this long after a request: connect again
const STEADY_MS = 10000;    // played for this long: the trouble is over
const BEHIND_US = 10e6;     // further behind the usual than this: say so
const HOUR_US = 3600e6;

const one = (query, within = document) => within.querySelector(query);
const all = (query, within = document) => [...within.querySelectorAll(query)];
const make = (tag, props, ...inside) => {
  const el = Object.assign(document.createElement(tag), props);
  el.append(...inside);
  return el;
};

const bar = one("#player");
if (!bar) return;
const audio = one("audio", bar);
const self = Array.from(crypto.getRandomValues(new Uint8Array(9)), (b) => b.toString(36)).join("");

const streams = new Map(all(".stream").map((row) => {
  const { stream: key, mount, name, audible } = row.dataset;
  return [key, { key, mount, name, row, audible: audible === "true", titles: [], shown: null }];
}));
const start = one(".play");
let current = streams.get(start?.dataset.play);
if (!current) return;

// ---- what is there to press and to read

const glyph = () => {
  const el = make("span", { className: "glyph" });
  el.setAttribute("aria-hidden", "true");
  return el;
};
const buttons = all("a[data-play]").map((link) => {
  const word = make("span", { className: "word" });
  const button = make("button", { type: "button", className: link.className }, glyph(), word);
  button.dataset.play = link.dataset.play;
  button.addEventListener("click", () => press(streams.get(button.dataset.play)));
  link.replaceWith(button);
  return button;
});
const big = one("button.play");
const toggle = make("button", { type: "button", className: "toggle" }, glyph());
toggle.addEventListener("click", () => press(current));
const edge = make("button", { type: "button", className: "edge", textContent: "Go live", hidden: true });
edge.addEventListener("click", () => play(current));
const line = make("span", { className: "line" });
const stateLine = make("span", { className: "state" });
const status = make("p", { className: "only-heard" });
status.setAttribute("role", "status");
const choice = make("select", { ariaLabel: "Stream" },
  ...[...streams.values()].map((s) => make("option", { value: s.key, textContent: s.name })));
choice.addEventListener("change", () => {
  const chosen = streams.get(choice.value);
  if (wanted) play(chosen); else select(chosen);
});
const volume = make("input", { type: "range", min: 0, max: 100, value: 100, ariaLabel: "Volume" });
volume.addEventListener("input", () => { audio.volume = volume.value / 100; audio.muted = false; });

audio.controls = false;
audio.removeAttribute("src");
bar.classList.add("on");
one(".title", bar).replaceChildren(line, stateLine);
bar.prepend(toggle);
bar.append(edge, choice, volume, status);
choice.hidden = streams.size < 2;

// ---- states

let state = "idle";
let wanted = false;      // the listener wants to hear it
let tries = 0;           // since it last played steadily
let lost = null;         // programme time to go on from
let sid = null;
let map = null;          // second of media → programme time
let usual = null;        // how far behind the present live is, once known
let skew = 0;            // the station's clock minus ours, ms
let moved = 0, last = -1, since = 0;
let retry, late, spoken = "";

const zone = one(".ruler svg")?.dataset.zone;
const clockOf = (us) => new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", timeZone: zone || undefined,
}).format(us / 1000);
const present = () => (Date.now() + skew) * 1000;

function heard() {
  if (!map || !audio.currentSrc) return null;
  const us = audio.currentTime * 1e6;
  let entry = null;
  for (const next of map) if (next.media <= us) entry = next;
  return entry && entry.at + us - entry.media;
}

function behindBy() {
  const at = heard();
  return at === null ? 0 : Math.max(0, present() - at - (usual ?? 8e6));
}

const words = {
  "idle": () => "Live radio",
  "connecting": () => "Connecting…",
  "buffering": () => "Buffering…",
  "live": () => "Live",
  "behind": () => {
    const s = behindBy() / 1e6;
    return s < 90 ? `${Math.round(s / 5) * 5} s behind` : `${Math.round(s / 60)} min behind`;
  },
  "paused": () => lost === null ? "Paused" : `Paused at ${clockOf(lost)}`,
  "reconnecting": () => `Reconnecting (${tries})`,
  "offline": () => "No network. It goes on when there is one.",
  "off-air": () => `${current.name} is silent right now`,
  "blocked": () => "The browser held it back. Press Play.",
  "error": () => "It can’t be played here. Try the plain stream link.",
  "other-tab": () => "Playing in another tab",
};

function set(next, say = true) {
  const before = state;
  state = next;
  bar.dataset.state = next;
  const text = words[next]();
  if (stateLine.textContent !== text) stateLine.textContent = text;
  edge.hidden = !(next === "behind" || next === "paused" && lost !== null);
  const busy = wanted && next !== "blocked";
  for (const button of [...buttons, toggle]) {
    const own = streams.get(button.dataset.play) ?? current;
    const on = busy && own === current;
    button.dataset.on = on;
    const verb = on ? "Pause" : next === "paused" && own === current ? "Resume" : "Play";
    const label = button === big ? (verb === "Play" ? "Play live" : verb) : `${verb} ${own.name}`;
    if (button === toggle) button.ariaLabel = label;
    else if (one(".word", button).textContent !== label) one(".word", button).textContent = label;
  }
  for (const s of streams.values()) s.row.dataset.heard = busy && s === current;
  if ("mediaSession" in navigator) {
    navigator.mediaSession.playbackState = busy ? "playing" : next === "paused" ? "paused" : "none";
  }
  clearTimeout(late);
  if (!say || next === before) return;
  const speak = next === "live" ? `Playing ${current.name}, live`
    : next === "reconnecting" ? "Reconnecting" : next === "idle" ? "" : text;
  // What passes quickly is not worth saying.
  const wait = next === "connecting" ? 400 : next === "buffering" ? 1000 : 0;
  late = setTimeout(() => {
    if (speak && speak !== spoken) status.textContent = spoken = speak;
  }, wait);
}

function over() {
  const line = one(".over");
  line.classList.toggle("off", !current.audible);
  line.textContent =
    current.audible ? `On the air now, on ${current.name}` : `${current.name} is silent right now`;
}

function select(stream) {
  current = stream;
  choice.value = stream.key;
  if (big) {
    big.dataset.play = stream.key;
    one("h1").dataset.now = stream.key;
    over();
  }
  lost = null;
  if (!wanted) set("idle");
  render(stream);
}

// ---- playing

function press(stream) {
  if (wanted && stream === current) pause();
  else if (state === "paused" && stream === current) play(stream, lost);
  else play(stream);
}

function play(stream, from = null) {
  wanted = true;
  if (stream !== current) select(stream);
  tries = 0;
  usual = null;
  lost = from;
  tabs.postMessage({ t: "play", from: self });
  set("connecting");
  load();
}

function load() {
  clearTimeout(retry);
  sid = self + Math.random().toString(36).slice(2, 10);
  map = null;
  last = -1;
  moved = since = performance.now();
  // After three vain tries it may be the time asked for that can't be had.
  const from = lost !== null && tries < 3
    ? `&from=${encodeURIComponent(new Date(lost / 1000).toISOString())}` : "";
  if (!from) lost = null;
  audio.src = `${current.mount}?sid=${sid}${from}`;
  const mine = sid;
  audio.play().catch((error) => {
    if (mine !== sid || !wanted) return;
    if (error.name === "NotAllowedError") {
      wanted = false;
      unload();
      set("blocked");
    } else if (error.name !== "AbortError") {
      reconnect();
    }
  });
}

function unload() {
  clearTimeout(retry);
  sid = null;
  audio.removeAttribute("src");
  audio.load();
}

function pause(next = "paused") {
  lost = heard() ?? lost;
  wanted = false;
  unload();
  map = null;
  set(next);
}

function reconnect() {
  if (!wanted) return;
  clearTimeout(retry);
  lost = heard() ?? lost;
  map = null;
  tries += 1;
  unload();
  set(!navigator.onLine ? "offline" : !current.audible ? "off-air"
    : tries > 4 && last <= 0 ? "error" : "reconnecting");
  const wait = Math.min(15000, 500 * 2 ** (tries - 1));
  retry = setTimeout(load, wait * (0.75 + Math.random() / 2));
}

async function fetchMap(again = 5) {
  const mine = sid;
  if (!mine) return;
  try {
    const reply = await fetch(`/api/listen/${mine}/map`);
    if (mine !== sid) return;
    if (reply.ok) {
      map = (await reply.json()).entries;
      const at = heard();
      if (usual === null && lost === null && at !== null) usual = Math.max(0, present() - at);
      if (map.length) return tick();
    }
  } catch { /* It plays without a map. */ }
  if (again > 0) setTimeout(() => fetchMap(again - 1), 1000);
}

audio.addEventListener("playing", () => {
  if (!wanted) return;
  moved = since = performance.now();
  set("live");
  fetchMap();
});
audio.addEventListener("error", () => { if (sid) reconnect(); });
audio.addEventListener("ended", () => { if (sid) reconnect(); });
// The system took the sound away: a call, headphones pulled out.
audio.addEventListener("pause", () => { if (wanted && sid && !audio.ended && !audio.error) pause(); });

function watch() {
  const now = performance.now();
  if (wanted && sid) {
    const at = audio.currentTime;
    if (at !== last) {
      if (last >= 0 && at > last) moved = now;
      last = at;
    }
    const still = now - moved;
    const playing = state === "live" || state === "behind";
    if (still > (at > 0 ? STALL_MS : CONNECT_MS)) {
      reconnect();
    } else if (playing && still > 1500) {
      set("buffering");
    } else if (at > 0 && still < 1500 && state !== "paused") {
      set(behindBy() > BEHIND_US ? "behind" : "live");
      if (now - since > STEADY_MS && !audio.paused) tries = 0;
    }
  }
  tick();
}
setInterval(watch, 1000);
setInterval(() => { if (wanted && map) fetchMap(0); }, 60000);

const wake = () => {
  if (wanted && !sid && (state === "reconnecting" || state === "offline")) load();
};
addEventListener("online", wake);
document.addEventListener("visibilitychange", () => { if (!document.hidden) { wake(); tick(); } });

bar.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target === choice) return;
  const key = event.key.toLowerCase();
  if (key === "k") press(current);
  else if (key === "m") audio.muted = !audio.muted;
  else if (key === "e" && !edge.hidden) play(current);
  else return;
  event.preventDefault();
});

if ("mediaSession" in navigator) {
  const session = navigator.mediaSession;
  session.setActionHandler("play", () => { if (!wanted) press(current); });
  session.setActionHandler("pause", () => { if (wanted) pause(); });
  session.setActionHandler("stop", () => { if (wanted) pause(); });
}

// ---- what is heard, when it is heard

function tick() {
  const now = present();
  for (const s of streams.values()) {
    let until = now;
    if (s === current && wanted) until = heard() ?? now;
    else if (s === current && state === "paused") until = lost ?? now;
    const due = s.titles.findLast((title) => title.at <= until);
    if (due && due !== s.shown) {
      s.shown = due;
      render(s);
    }
  }
  ruler(now);
}

function render(s) {
  const shown = s.shown;
  if (shown) {
    for (const el of all(`[data-now="${CSS.escape(s.key)}"]`)) {
      const inside = [make("span", { className: "what", textContent: shown.title || s.name })];
      if (shown.artist) inside.push(" ", make("span", { className: "who", textContent: shown.artist }));
      el.replaceChildren(...inside);
    }
  } else if (one("h1").dataset.now === s.key) {
    one("h1").replaceChildren(...all(".airing > *", s.row).map((el) => el.cloneNode(true)));
  }
  if (s !== current) return;
  const now = all(".airing > *", s.row).map((el) => el.textContent);
  line.textContent = choice.hidden ? [s.name, now[0]].filter(Boolean).join(": ") : now[0] || s.name;
  if ("mediaSession" in navigator) {
    navigator.mediaSession.metadata = new MediaMetadata({
      title: now[0] || s.name, artist: now[1] || s.name, album: one(".name")?.textContent ?? "",
      artwork: [{ src: "/favicon.ico", type: "image/svg+xml", sizes: "any" }],
    });
  }
}

// The ruler moves on once a minute; what is on it moves with it.
let minute = 0;
function ruler(now) {
  const drawing = one(".ruler svg");
  if (!drawing || document.hidden) return;
  const to = Math.floor(now / 60e6);
  if (to === minute) return;
  minute = to;
  const from = (to - 60) * 60e6;
  const quarters = [];
  all("line", drawing).forEach((tick, i) => {
    const m = (to - 60 + i) % 60;
    tick.setAttribute("y1", 52 - (m % 15 ? m % 5 ? 7 : 14 : 22));
    if (m % 15 === 0 && i > 2 && i < 50) quarters.push([tick.getAttribute("x1"), from + i * 60e6]);
  });
  const labels = all("text", drawing);
  labels.forEach((text, i) => {
    const [x, at] = quarters[i] ?? [];
    if (x) { text.setAttribute("x", x); text.textContent = clockOf(at); } else text.textContent = "";
  });
  one(".now b").textContent = clockOf(to * 60e6);
  for (const mark of all(".mark, .tape")) {
    const x = `${Math.min(100, Math.max(0, (mark.dataset.at - from) / HOUR_US * 100)).toFixed(2)}%`;
    mark.setAttribute("x1", x);
    if (mark.matches(".mark")) mark.setAttribute("x2", x);
  }
}

const told = {
  clock(data) { skew = data.now / 1000 - Date.now(); },
  playing(data) {
    const s = streams.get(`${data.station}/${data.stream}`);
    if (!s || s.titles.some((known) => known.at === data.at && known.title === data.title)) return;
    s.titles.push(data);
    s.titles.sort((a, b) => a.at - b.at);
    if (s.titles.length > 20) s.titles.shift();
  },
  air(data) {
    const s = streams.get(`${data.station}/${data.stream}`);
    if (!s || s.audible === data.audible) return;
    s.audible = data.audible;
    s.row.dataset.audible = data.audible;
    one(".air", s.row).textContent = data.audible ? "On the air" : "Silent now";
    if (s === current && start) over();
    if (s === current && data.audible && state === "off-air") load();
  },
};

// One connection however many tabs: the tab that holds the lock listens, and tells the others.
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("longwave") : { postMessage() {} };
let leads = false;
const hear = (name, data) => { told[name]?.(data); };
tabs.onmessage = ({ data: message }) => {
  if (message.t === "play" && message.from !== self && wanted) pause("other-tab");
  else if (message.t === "event") { hear(message.name, message.data); tick(); }
  else if (message.t === "hello" && leads) {
    tabs.postMessage({ t: "event", name: "clock", data: { now: present() } });
    for (const s of streams.values()) {
      for (const data of s.titles) tabs.postMessage({ t: "event", name: "playing", data });
    }
  }
};

function follow() {
  leads = true;
  const events = new EventSource("/events");
  for (const name of Object.keys(told)) {
    events.addEventListener(name, (event) => {
      const data = JSON.parse(event.data);
      hear(name, data);
      tabs.postMessage({ t: "event", name, data });
      tick();
    });
  }
  // The browser comes back by itself unless it was turned away.
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(follow, 30000);
  });
}

if (navigator.locks) {
  navigator.locks.request("longwave-events", () => { follow(); return new Promise(() => {}); });
  tabs.postMessage({ t: "hello" });
} else {
  follow();
}

set("idle", false);
render(current);
})();
