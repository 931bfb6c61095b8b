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
  const { stream: key, name, air } = row.dataset;
  // What the browser says that it can play comes first.
  const mounts = all(".ways a[type]", row)
    .sort((a, b) => !!audio.canPlayType(b.type) - !!audio.canPlayType(a.type))
    .map((link) => link.pathname);
  const says = one(".air", row).textContent;
  return [key, { key, mounts, name, row, audible: air !== "nothing", air: { on_air: air, says }, airs: [], titles: [], title: null }];
}));
let current = streams.get(one(".play").dataset.play);

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
const big = one(".play");
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
let note = "";           // why it isn't the time that was asked for
let sid = null;
let asking = null;       // the sid about which the station is asked
let map = null;          // second of media → programme time
let usual = null;        // how far behind the present live is, once known
let skew = 0;            // the station's clock minus ours, ms
let moved = 0, last = -1, since = 0;
let retry, late, spoken = "";

const zone = one(".ruler svg").dataset.zone;
const clockOf = (us) => new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", timeZone: zone || undefined,
}).format(us / 1000);
const present = () => (Date.now() + skew) * 1000;

function heard() {
  if (!sid || !audio.currentSrc) return null;
  const us = audio.currentTime * 1e6;
  const entry = map?.findLast((it) => it.media <= us);
  if (entry) return entry.at + us - entry.media;
  return lost === null ? null : lost + us;
}

function behindBy() {
  const at = heard();
  return at === null ? 0 : Math.max(0, present() - at - (usual ?? 8e6));
}

const fm = bar.dataset.fm && ` On the radio: ${bar.dataset.fm}.`;
const words = {
  "idle": () => "Live radio",
  "connecting": () => "Connecting…",
  "buffering": () => "Buffering…",
  "live": () => /source|relay/.test(current.air.on_air) ? "Live" : current.air.says,
  "behind": () => {
    const s = behindBy() / 1e6;
    return s < 90 ? `${Math.round(s / 5) * 5} s behind` : `${Math.round(s / 60)} min behind`;
  },
  "paused": () => lost === null ? "Paused" : `Paused at ${clockOf(lost)}`,
  "reconnecting": () => `Reconnecting (${tries})`,
  "offline": () => `No network. It goes on when there is one.${fm}`,
  "off-air": () => `${current.name} is silent. It plays when there is sound.`,
  "blocked": () => "The browser held it back. Press Play.",
  "error": () => `It can’t be played here.${fm}`,
  "other-tab": () => "Playing in another tab",
};

function say(text) {
  if (text && text !== spoken) status.textContent = spoken = text;
}

function set(next) {
  const before = state;
  state = next;
  bar.dataset.state = next;
  bar.dataset.air = current.air.on_air;
  const aside = next === "live" && note ? `. ${note}` : "";
  const text = words[next]() + aside;
  if (stateLine.firstChild?.textContent !== text) {
    stateLine.replaceChildren(text);
    if (next === "error" || next === "offline") {
      stateLine.append(" ", make("a", { href: current.mounts[0], textContent: "Plain stream" }));
    }
  }
  edge.hidden = !(next === "behind" || next === "paused" && lost !== null);
  const busy = wanted && next !== "blocked";
  for (const button of [...buttons, toggle]) {
    const own = streams.get(button.dataset.play) ?? current;
    const on = busy && own === current;
    button.dataset.on = on;
    const verb = on ? "Pause" : next === "paused" && own === current ? "Resume" : "Play";
    const label = button === big ? verb === "Play" ? "Play live" : verb : `${verb} ${own.name}`;
    if (button === toggle) button.ariaLabel = label;
    else if (one(".word", button).textContent !== label) one(".word", button).textContent = label;
  }
  for (const s of streams.values()) s.row.dataset.heard = busy && s === current;
  if ("mediaSession" in navigator) {
    navigator.mediaSession.playbackState = busy ? "playing" : next === "paused" ? "paused" : "none";
  }
  if (next === before) return;
  clearTimeout(late);
  const speak = next === "live" ? `Playing ${current.name}, live${aside}`
    : next === "reconnecting" ? "Reconnecting" : next === "idle" ? "" : text;
  // What passes quickly is not worth saying.
  const wait = next === "connecting" ? 400 : next === "buffering" ? 1000 : 0;
  late = setTimeout(say, wait, speak);
}

function select(stream) {
  current = stream;
  choice.value = stream.key;
  lost = null;
  note = "";
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
  note = "";
  tabs.postMessage({ t: "play", from: self });
  render(stream);
  if (isSilent()) return awaitSound(0);
  set("connecting");
  load();
}

/** Is there nothing to hear for now? What is on tape can be heard even so. */
const isSilent = () => !current.audible && (lost === null || lost > present() - 30e6);

const address = () => current.mounts[0] + `?sid=${sid}`
  + (lost === null ? "" : `&from=${encodeURIComponent(new Date(lost / 1000).toISOString())}`);

function load() {
  clearTimeout(retry);
  sid = self + Math.random().toString(36).slice(2, 10);
  map = null;
  last = -1;
  moved = since = performance.now();
  audio.src = address();
  const mine = sid;
  audio.play().catch((error) => {
    if (mine !== sid || !wanted) return;
    if (error.name === "NotAllowedError") {
      wanted = false;
      unload();
      set("blocked");
    } else if (error.name !== "AbortError") {
      failed();
    }
  });
}

function unload() {
  clearTimeout(retry);
  sid = null;
  map = null;
  audio.removeAttribute("src");
  audio.load();
}

function pause(next = "paused") {
  lost = heard() ?? lost;
  note = "";
  wanted = false;
  unload();
  set(next);
}

function reconnect(as = "reconnecting") {
  if (!wanted) return;
  lost = heard() ?? lost;
  tries += 1;
  unload();
  const wait = Math.min(15000, 500 * 2 ** (tries - 1)) * (0.75 + Math.random() / 2);
  if (isSilent()) return awaitSound(wait);
  set(navigator.onLine ? as : "offline");
  retry = setTimeout(load, wait);
}

/** Plays as soon as the station says that there is sound: by an event, or when it is asked. */
function awaitSound(wait) {
  set("off-air");
  retry = setTimeout(async () => {
    try {
      const { now, streams: all } = await (await fetch("/api/now")).json();
      all.forEach((it) => told.air({ ...it, at: now }));
    } catch { /* It is asked again. */ }
    if (state === "off-air") awaitSound(5000);
  }, wait);
}

/** The sound didn't come, or ended: what does the station say to that? The place is kept unless
 *  it says that this time can't be had any more. */
async function failed() {
  // The element and its promise both say so.
  if (asking === sid) return;
  const mine = asking = sid;
  const code = audio.error?.code ?? 0;
  const asked = lost;
  let as;
  const ask = (url) => fetch(url, { method: "HEAD" }).catch(() => null);
  const reply = last > 0 ? null : await ask(address());
  if (mine !== sid || !wanted) return;
  if (reply?.ok && code > 2 && tries > 0) {
    // It is there, and it isn't understood: the next rendition.
    current.mounts.push(current.mounts.shift());
    if (tries >= current.mounts.length) as = "error";
  } else if (reply?.status === 404 && asked !== null) {
    const kept = reply.headers.get("Longwave-Window")?.split("/").map(Date.parse);
    const gone = kept ? asked / 1000 < kept[0] : (await ask(current.mounts[0]))?.ok;
    if (mine !== sid || !wanted) return;
    if (gone) {
      lost = usual = null;
      note = `${clockOf(asked)} is no longer on tape.`;
      return load();
    }
  }
  reconnect(as);
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
audio.addEventListener("error", () => { if (sid) failed(); });
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
    } else if (at > 0 && still < 1500) {
      set(behindBy() > BEHIND_US ? "behind" : "live");
      if (now - since > STEADY_MS) tries = 0;
      if (now - since > 3 * STEADY_MS) note = "";
    }
  }
  tick();
}
setInterval(watch, 500);
// Whoever was skipped ahead hears another time than before.
setInterval(() => { if (wanted && map) fetchMap(0); }, 10000);

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
  const on = (action, act) => navigator.mediaSession.setActionHandler(action, act);
  on("play", () => { if (!wanted) press(current); });
  for (const action of ["pause", "stop"]) on(action, () => { if (wanted) pause(); });
  on("nexttrack", () => { if (state !== "live") play(current); });
}

// ---- what is heard, when it is heard

function tick() {
  const now = present();
  for (const s of streams.values()) {
    let until = now;
    if (s === current && wanted) until = heard() ?? now;
    else if (s === current && state === "paused") until = lost ?? now;
    const due = (list) => list.findLast((it) => it.at <= until);
    const title = due(s.titles) ?? s.title;
    const air = due(s.airs) ?? s.air;
    if (title !== s.title) {
      s.title = title;
      render(s);
    }
    if (air.says !== s.air.says) {
      s.air = air;
      s.row.dataset.air = air.on_air;
      one(".air", s.row).textContent = air.says;
      one(".band").classList.toggle("silent", !one(".stream:not([data-air=nothing])"));
      if (s === current && wanted) {
        set(state);
        if (sid) say(`${s.name}: ${air.says}`);
      }
    }
  }
  ruler(now);
}

function render(s) {
  const { title } = s;
  const airing = one(".airing", s.row);
  if (title) {
    airing.replaceChildren(make("span", { className: "what", textContent: title.title || s.name }));
    if (title.artist) airing.append(" ", make("span", { className: "who", textContent: title.artist }));
  }
  if (s !== current) return;
  const [what, who] = all("*", airing).map((el) => el.textContent);
  line.textContent = wanted && what || s.name;
  if ("mediaSession" in navigator) {
    navigator.mediaSession.metadata = new MediaMetadata({
      title: what || s.name, artist: who || s.name, album: one("h1").textContent,
      artwork: ["96x96", "256x256", "512x512"]
        .map((sizes) => ({ src: "/favicon.ico", type: "image/svg+xml", sizes })),
    });
  }
}

// The ruler moves on once a minute; what is on it moves with it.
let minute = 0;
function ruler(now) {
  const drawing = one(".ruler svg");
  if (document.hidden) return;
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
  const place = (at) => `${Math.min(100, Math.max(0, (at - from) / HOUR_US * 100)).toFixed(2)}%`;
  for (const mark of all(".mark, .tape")) {
    mark.setAttribute("x1", place(mark.dataset.at));
    // A tape that goes on reaches up to now.
    if (mark.dataset.to) mark.setAttribute("x2", place(mark.dataset.to));
  }
}

const keep = (list, data) => {
  list.push(data);
  list.sort((a, b) => a.at - b.at);
  if (list.length > 20) list.shift();
};
const told = {
  clock(data) { skew = data.now / 1000 - Date.now(); },
  playing(data) {
    const s = streams.get(`${data.station}/${data.stream}`);
    if (!s || s.titles.some((known) => known.at === data.at && known.title === data.title)) return;
    keep(s.titles, data);
  },
  air(data) {
    const s = streams.get(`${data.station}/${data.stream}`);
    if (!s) return;
    keep(s.airs, data);
    s.audible = data.audible;
    const tape = data.audible && one(".tape", s.row);
    if (tape) {
      delete tape.dataset.to;
      tape.setAttribute("x2", "100%");
    }
    if (s === current && data.audible && state === "off-air") {
      set("connecting");
      load();
    }
  },
};
const hear = (name, data) => { told[name]?.(data); tick(); };

// ---- one connection to the station's events, however many tabs

// The tab that leads listens, and tells the others. (Not by the Web Locks API, which plain HTTP
// doesn't have: there each tab would hold one of the six connections that a browser allows.)
const channel = "BroadcastChannel" in window && new BroadcastChannel("longwave");
const tabs = { postMessage(message) { if (channel) channel.postMessage(message); } };
let events = null;
let leader = 0;          // when one was last heard of
let election;

function lead() {
  if (events) return;
  tabs.postMessage({ t: "lead", from: self });
  events = new EventSource("/events");
  for (const name of Object.keys(told)) {
    events.addEventListener(name, (event) => {
      const data = JSON.parse(event.data);
      tabs.postMessage({ t: "event", name, data });
      hear(name, data);
    });
  }
  // The browser comes back by itself unless it was turned away.
  events.addEventListener("error", () => {
    if (events?.readyState === EventSource.CLOSED) { resign(); setTimeout(stand, 30000); }
  });
}

function resign() {
  events?.close();
  events = null;
}

/** Asks who leads, and leads if nobody answers. */
function stand() {
  if (events) return;
  tabs.postMessage({ t: "who" });
  clearTimeout(election);
  const asked = performance.now();
  const patience = channel ? 150 + Math.random() * 300 : 0;
  election = setTimeout(() => { if (leader < asked) lead(); }, patience);
}

if (channel) channel.onmessage = ({ data: message }) => {
  const tell = (name, data) => tabs.postMessage({ t: "event", name, data });
  switch (message.t) {
  case "play":
    if (wanted) pause("other-tab");
    break;
  case "event":
    hear(message.name, message.data);
    break;
  case "lead":
    leader = performance.now();
    // Of two that lead, one gives way: both know which.
    if (events && message.from < self) resign();
    else if (events) tabs.postMessage({ t: "lead", from: self });
    break;
  case "bye":
    stand();
    break;
  case "who":
    if (events) tabs.postMessage({ t: "lead", from: self });
    break;
  case "hello":
    if (!events) break;
    tell("clock", { now: present() });
    for (const s of streams.values()) {
      s.titles.forEach((data) => tell("playing", data));
      s.airs.slice(-1).forEach((data) => tell("air", data));
    }
  }
};
stand();
tabs.postMessage({ t: "hello" });
// A tab that was put to sleep or ended without a word doesn't answer.
setInterval(() => { if (!document.hidden || wanted) stand(); }, 5000);
addEventListener("pagehide", () => {
  if (!events) return;
  resign();
  tabs.postMessage({ t: "bye" });
});
addEventListener("pageshow", (event) => { if (event.persisted) stand(); });

set("idle");
render(current);
})();
