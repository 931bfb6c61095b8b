// The home page and its player in a real browser.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { administer, setTitle, startBrowser, startSource, startStation, until } from "./station.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PICTURES = new URL("./screenshots/", import.meta.url).pathname;

let station, browser;
const sources = [];
before(async () => {
  mkdirSync(PICTURES, { recursive: true });
  station = await startStation();
  browser = await startBrowser();
  for (const mount of ["/news.mp3", "/music.mp3"]) sources.push(await startSource(station, mount));
  await setTitle(station, "/news.mp3", "The River at Night", "Ada Marsh");
  const told = async () => (await (await fetch(new URL("/api/now", station.url))).json()).streams[0].title;
  await until(async () => (await told()) === "The River at Night", "the title on the air");
});
after(async () => {
  await browser?.close();
  for (const source of sources) await source.stop();
  await station?.stop();
});

/** A page in a browser of its own; whatever it complains of fails the test. */
async function open(t, options = {}) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, ...options });
  t.after(() => context.close());
  return openIn(t, context);
}

async function openIn(t, context, url = station.url, expected = /^$/) {
  const page = await context.newPage();
  const complaints = [];
  maps.set(page, 0);
  page.on("response", (reply) => {
    if (/\/map$/.test(reply.url()) && reply.ok()) maps.set(page, maps.get(page) + 1);
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    // A stream that fails is the matter of some tests, and the browser says so by itself.
    const ofStream = /\.mp3\?/.test(message.location().url ?? "");
    if (message.type() === "error" && !ofStream && !expected.test(message.text())) complaints.push(message.text());
  });
  await page.goto(url);
  t.after(() => assert.deepEqual(complaints, [], "the browser complains"));
  return page;
}

const stateOf = (page) => page.locator("#player").getAttribute("data-state");
const heardIs = (page, state, patience) =>
  until(async () => (await stateOf(page)) === state, `the state ${state}`, patience);
const secondsOf = (page) => page.evaluate(() => document.querySelector("audio").currentTime);

/** How many time maps each page has received. */
const maps = new WeakMap();
/** Does the page know what it plays? */
const mapped = (page) => maps.get(page) > 0;

/** Waits for sound of which the page knows what it is. */
async function sounds(page) {
  await until(async () => ["live", "behind"].includes(await stateOf(page)), "sound");
  await until(async () => (await secondsOf(page)) > 1, "a second of it");
  await until(() => mapped(page), "the map");
}

/** The programme time (ms) that the page's audio element has reached, by the station's own map. */
async function heard(page, url = station.url) {
  const { src, seconds } = await page.evaluate(() => {
    const { currentSrc: src, currentTime: seconds } = document.querySelector("audio");
    return { src, seconds };
  });
  return (await clockOf(src, url))(seconds);
}

/** Seconds of this source → programme time in ms. */
async function clockOf(src, url = station.url) {
  const sid = new URL(src).searchParams.get("sid");
  const { entries } = await (await fetch(new URL(`/api/listen/${sid}/map`, url))).json();
  return (seconds) => {
    const entry = entries.findLast((it) => it.media <= seconds * 1e6);
    return (entry.at - entry.media) / 1000 + seconds * 1000;
  };
}

/** Lets all listeners of a mount go. */
async function dropListeners(mount) {
  const seats = await administer(station, `listclients?mount=${mount}`);
  for (const [, id] of seats.matchAll(/<ID>(\d+)<\/ID>/g)) {
    await administer(station, `killclient?mount=${mount}&id=${id}`);
  }
}

const fromOf = (request) => Date.parse(new URL(request.url()).searchParams.get("from"));
const asksFrom = (page) => page.waitForRequest((request) => /\.mp3\?sid=.*&from=/.test(request.url()));

async function axe(page, where) {
  const violations = await page.evaluate(async (source) => {
    // The page's policy allows no script of others: it is run by the debugger, not by the page.
    (0, eval)(source);
    const { violations } = await window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.html).join(" | ")}`);
  }, AXE);
  assert.deepEqual(violations, [], where);
}

test("without a script there are links, and the browser's own player", async (t) => {
  const page = await open(t, { javaScriptEnabled: false });
  assert.equal(await page.locator("audio[controls]").count(), 1);
  assert.ok(await page.locator("audio").isVisible());
  for (const mount of ["/news.mp3", "/music.mp3"]) {
    assert.ok(await page.locator(`.ways a[href="${mount}"]`).first().isVisible());
    assert.ok(await page.locator(`.ways a[href="${mount}.m3u"]`).isVisible());
  }
  assert.equal(await page.locator("audio").getAttribute("aria-label"), "News, live");
  assert.equal(await page.locator("a.play").getAttribute("href"), "/news.mp3");
  assert.match(await page.locator(".lead .airing").textContent(), /The River at Night\s+Ada Marsh/);
  await page.screenshot({ path: `${PICTURES}/no-script.png` });
});

test("all streams and the one big button are seen at once", async (t) => {
  for (const viewport of [{ width: 390, height: 844 }, { width: 1280, height: 800 }]) {
    const page = await open(t, { viewport });
    const bar = await page.locator("#player").boundingBox();
    for (const name of ["Play live", "Play Music"]) {
      const box = await page.getByRole("button", { name }).first().boundingBox();
      assert.ok(box.y + box.height <= bar.y, `${name} is below the player in ${viewport.width}`);
    }
    await page.context().close();
  }
});

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing, idle and playing, ${colorScheme}`, async (t) => {
    const context = await browser.newContext({ colorScheme, bypassCSP: true, viewport: { width: 1280, height: 800 } });
    t.after(() => context.close());
    const page = await openIn(t, context);
    await axe(page, "idle");
    await page.getByRole("button", { name: "Play live" }).click();
    await heardIs(page, "live");
    await axe(page, "playing");
    await page.setViewportSize({ width: 320, height: 640 });
    await axe(page, "narrow");
  });
}

test("nothing needs sideways scrolling", async (t) => {
  const page = await open(t);
  for (const width of [320, 390, 768, 1280, 1920]) {
    await page.setViewportSize({ width, height: 800 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${wide} px wide in ${width}`);
    const bar = await page.locator("#player").boundingBox();
    assert.ok(bar.height <= 200, `the player is ${bar.height} px high in ${width}`);
  }
});

test("targets are large enough to touch", async (t) => {
  const page = await open(t);
  for (const button of await page.locator("button:visible, select:visible, .ways a").all()) {
    const box = await button.boundingBox();
    assert.ok(box.height >= 43.5, `${await button.textContent()}: ${box.height} px`);
  }
});

test("play plays, and says what is heard", async (t) => {
  const page = await open(t);
  await page.getByRole("button", { name: "Play live" }).click();
  await heardIs(page, "live");
  await until(async () => (await secondsOf(page)) > 1, "two seconds of sound");
  await until(async () => (await page.locator(".line").textContent()).includes("The River at Night"), "the title");
  assert.equal(await page.locator(".state").textContent(), "Live");
  await until(async () => (await page.getByRole("status").textContent()) === "Playing News, live", "the status");
  const session = await page.evaluate(() => {
    const { metadata, playbackState } = navigator.mediaSession;
    return [metadata.title, metadata.artist, playbackState];
  });
  assert.deepEqual(session, ["The River at Night", "Ada Marsh", "playing"]);
  await page.screenshot({ path: `${PICTURES}/playing.png` });
});

test("a new title is shown when it is heard: not before, and within a second", async (t) => {
  const page = await open(t);
  await page.getByRole("button", { name: "Play Music" }).click();
  await sounds(page);
  await setTitle(station, "/music.mp3", "Second Movement", "Alder Falls Winds");
  const shown = await page.waitForFunction(() => {
    const { currentSrc: src, currentTime: seconds } = document.querySelector("audio");
    const all = [".line", '.stream[data-stream$="/music"] .airing'].map((it) => document.querySelector(it).textContent);
    return all.every((text) => text.includes("Second Movement")) && { src, seconds };
  }, null, { polling: 20 });
  const { src, seconds } = await shown.jsonValue();
  const { streams } = await (await fetch(new URL("/api/now", station.url))).json();
  const late = (await clockOf(src))(seconds) - streams.find((it) => it.stream === "music").at / 1000;
  assert.ok(late > -20 && late < 1000, `shown ${late} ms after it was heard`);
});

test("pause keeps the place, and going live leaves it", async (t) => {
  const page = await open(t);
  await page.getByRole("button", { name: "Play live" }).click();
  await sounds(page);
  await page.locator("#player").getByRole("button", { name: "Pause" }).click();
  await heardIs(page, "paused");
  assert.match(await page.locator(".state").textContent(), /^Paused at \d\d:\d\d$/);
  const paused = Date.now();
  const resumed = asksFrom(page);
  await page.getByRole("button", { name: "Resume News" }).first().click();
  const from = fromOf(await resumed);
  // What was heard was some seconds old, and is what is heard again.
  assert.ok(paused - from > 0 && paused - from < 30000, `${paused - from} ms before the pause`);
  maps.set(page, 0);
  await sounds(page);
  const first = (await clockOf(await page.evaluate(() => document.querySelector("audio").currentSrc)))(0);
  assert.ok(Math.abs(first - from) < 500, `${first - from} ms off the place`);
  await page.locator("#player").getByRole("button", { name: "Pause" }).click();
  await heardIs(page, "paused");
  const live = page.waitForRequest((request) => /news\.mp3\?sid=/.test(request.url()));
  await page.getByRole("button", { name: "Go live" }).click();
  assert.ok(!(await live).url().includes("from="));
  await heardIs(page, "live");
});

test("everything can be done from the keyboard", async (t) => {
  const page = await open(t, { viewport: { width: 1280, height: 800 } });
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to player");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.notEqual(outline, "none", "the focus is to be seen");
  await page.keyboard.press("Enter");
  await heardIs(page, "live");
  const stops = new Set();
  for (let i = 0; i < 40; i += 1) {
    stops.add(await page.evaluate(() => {
      const el = document.activeElement;
      const box = el.getBoundingClientRect();
      const bar = document.querySelector("#player").getBoundingClientRect();
      const covered = !el.closest("#player") && el !== document.body && box.bottom > bar.top + 1;
      return `${el.ariaLabel ?? el.textContent}${covered ? " (covered)" : ""}`;
    }));
    await page.keyboard.press("Tab");
  }
  assert.ok(![...stops].some((name) => name.endsWith("(covered)")), [...stops].join(", "));
  assert.ok([...stops].some((name) => name.startsWith("Play Music")), [...stops].join(", "));
  assert.ok(stops.has("Stream") && stops.has("Volume"), [...stops].join(", "));
});

test("one tab plays, and one connection tells all tabs", async (t) => {
  const context = await browser.newContext();
  t.after(() => context.close());
  let followers = 0;
  context.on("request", (request) => { if (request.url().endsWith("/events")) followers += 1; });
  const first = await openIn(t, context);
  const second = await openIn(t, context);
  await first.getByRole("button", { name: "Play live" }).click();
  await heardIs(first, "live");
  await second.getByRole("button", { name: "Play Music" }).click();
  await heardIs(second, "live");
  await heardIs(first, "other-tab");
  assert.equal(followers, 1);
  await setTitle(station, "/news.mp3", "Told to Both", "Ada Marsh");
  for (const page of [first, second]) {
    const told = async () => (await page.locator('.stream[data-stream$="/news"] .airing').textContent()).includes("Told to Both");
    await until(told, "the title in each tab");
  }
});

test("one connection tells all tabs, also where the browser has no locks", { skip: !!process.env.LONGWAVE_URL }, async (t) => {
  const own = await startStation();
  t.after(() => own.stop());
  const source = await startSource(own, "/music.mp3");
  t.after(() => source.stop());
  const chromium = await startBrowser("--host-resolver-rules=MAP radio.test 127.0.0.1");
  t.after(() => chromium.close());
  const context = await chromium.newContext();
  const url = own.url.replace("127.0.0.1", "radio.test");
  const followers = async () => Number((await (await fetch(new URL("/metrics", own.url))).text())
    .match(/longwave_event_followers (\d+)/)[1]);
  const pages = [];
  for (let i = 0; i < 8; i += 1) pages.push(await openIn(t, context, url));
  assert.equal(await pages[0].evaluate(() => isSecureContext), false, "plain HTTP, as far as the browser knows");
  // A browser has six connections for one host: events of eight tabs would leave none for sound.
  await until(async () => (await followers()) === 1, "one connection for all");
  await pages[7].getByRole("button", { name: "Play live" }).click();
  await heardIs(pages[7], "live");
  // Whichever tab holds it, the next takes over.
  for (const page of pages.splice(0, 5)) await page.close();
  await setTitle(own, "/music.mp3", "Told by the Next", "Ada Marsh");
  for (const page of pages) {
    const told = async () => (await page.locator('.stream[data-stream$="/music"] .airing').textContent()).includes("Told by the Next");
    await until(told, "the title in each tab that is left");
  }
  await until(async () => (await followers()) === 1, "one connection again");
});

test("a stall is noticed, and what was lost is asked for", async (t) => {
  const page = await open(t);
  await page.getByRole("button", { name: "Play live" }).click();
  await sounds(page);
  const asked = asksFrom(page);
  await dropListeners("/news.mp3");
  await asked;
  await until(async () => ["live", "behind"].includes(await stateOf(page)), "sound again");
});

test("a restart of the station is no end of the programme", { skip: !!process.env.LONGWAVE_URL }, async (t) => {
  const own = await startStation();
  t.after(() => own.stop());
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await openIn(t, context, own.url, /^Failed to load resource: net::/);
  await page.getByRole("button", { name: "Play live" }).click();
  await sounds(page);
  const src = await page.evaluate(() => document.querySelector("audio").currentSrc);
  const clock = await clockOf(src, own.url);
  await page.evaluate(() => {
    const audio = document.querySelector("audio");
    window.heardLast = 0;
    audio.addEventListener("timeupdate", () => { window.heardLast = Math.max(window.heardLast, audio.currentTime); });
  });
  await own.kill();
  // Ten seconds of vain attempts, after what was received has been heard.
  await until(async () => (await page.locator(".state").textContent()) === "Reconnecting (5)", "five attempts", 60000);
  const lost = clock(await page.evaluate(() => window.heardLast));
  await own.revive();
  maps.set(page, 0);
  await sounds(page);
  const again = await clockOf(await page.evaluate(() => document.querySelector("audio").currentSrc), own.url);
  assert.ok(Math.abs(again(0) - lost) < 500, `it goes on ${again(0) - lost} ms off`);
  await heardIs(page, "behind");
});

test("a time that is gone is said to be gone, and live is played", async (t) => {
  const page = await open(t);
  await page.getByRole("button", { name: "Play live" }).click();
  await sounds(page);
  await page.locator("#player").getByRole("button", { name: "Pause" }).click();
  await heardIs(page, "paused");
  await page.route(/news\.mp3\?.*from=/, (route) => route.fulfill({
    status: 404, body: "gone", headers: { "Longwave-Window": "2090-01-01T00:00:00Z/2090-01-01T06:00:00Z" },
  }));
  await page.getByRole("button", { name: "Resume News" }).first().click();
  await heardIs(page, "live");
  assert.match(await page.locator(".state").textContent(), /^Live\. \d\d:\d\d is no longer on tape\.$/);
  const spoken = /^Playing News, live\. \d\d:\d\d is no longer on tape\.$/;
  await until(async () => spoken.test(await page.getByRole("status").textContent()), "the status");
});

test("what feeds a stream is told as it changes", { skip: !!process.env.LONGWAVE_URL }, async (t) => {
  const own = await startStation();
  t.after(() => own.stop());
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await openIn(t, context, own.url);
  const air = () => page.locator(".lead .air").textContent();
  const says = (words) => until(async () => (await air()) === words, words);
  await says("Playing a recording");
  const source = await startSource(own, "/news.mp3");
  await says("On the air");
  await page.getByRole("button", { name: "Play live" }).click();
  await until(async () => (await page.locator(".state").textContent()) === "Live", "Live");
  await source.stop();
  await until(async () => (await page.locator(".state").textContent()) === "Playing a recording", "what is heard");
  await until(async () => (await page.getByRole("status").textContent()) === "News: Playing a recording", "the status");
});

test("a silent stream is waited for", async (t) => {
  const context = await browser.newContext();
  t.after(() => context.close());
  const now = await (await fetch(new URL("/api/now", station.url))).json();
  const news = { ...now.streams[0], audible: false, on_air: "nothing", says: "Silent now" };
  const event = `event: air\ndata: ${JSON.stringify({ ...news, at: 1 })}\n\n`;
  let silent = true;
  await context.route("**/events", (route) => route.fulfill({ contentType: "text/event-stream", body: silent ? event : "" }));
  await context.route("**/api/now", (route) => (silent ? route.fulfill({ json: { ...now, streams: [news] } }) : route.continue()));
  const page = await openIn(t, context);
  await until(async () => (await page.locator(".lead .air").textContent()) === "Silent now", "the silence");
  await page.getByRole("button", { name: "Play live" }).click();
  await heardIs(page, "off-air");
  assert.equal(await page.locator(".state").textContent(), "News is silent. It plays when there is sound.");
  silent = false;
  await heardIs(page, "live");
  await until(async () => (await page.locator(".lead .air").textContent()) === "On the air", "that it is heard");
});

test("without network it says where else to listen, and goes on by itself", async (t) => {
  const page = await open(t);
  await page.getByRole("button", { name: "Play live" }).click();
  await sounds(page);
  await page.context().setOffline(true);
  await dropListeners("/news.mp3");
  await heardIs(page, "offline", 60000);
  assert.match(await page.locator(".state").textContent(), /90\.7 FM/);
  assert.equal(await page.locator(".state a").getAttribute("href"), "/news.mp3");
  const asked = asksFrom(page);
  await page.context().setOffline(false);
  await asked;
  await sounds(page);
});

test("a browser that holds the sound back is no error", async (t) => {
  const page = await open(t);
  await page.evaluate(() => {
    const { play } = HTMLMediaElement.prototype;
    HTMLMediaElement.prototype.play = function once() {
      HTMLMediaElement.prototype.play = play;
      return Promise.reject(new DOMException("", "NotAllowedError"));
    };
  });
  await page.getByRole("button", { name: "Play live" }).click();
  await heardIs(page, "blocked");
  assert.match(await page.locator(".state").textContent(), /Press Play/);
  await page.getByRole("button", { name: "Play live" }).click();
  await heardIs(page, "live");
});

test("what a browser can't play is said, with another way to listen", async (t) => {
  const page = await open(t);
  await page.route("**/news.mp3?*", (route) => route.fulfill({ contentType: "audio/mpeg", body: "no sound at all" }));
  await page.getByRole("button", { name: "Play live" }).click();
  await heardIs(page, "error");
  assert.match(await page.locator(".state").textContent(), /can’t be played here.*90\.7 FM/);
  assert.equal(await page.locator(".state a").getAttribute("href"), "/news.mp3");
});

test("one kept connection asks for the page and then for a stream", async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (path) => new Promise((resolve, reject) => {
    http.get(new URL(path, station.url), { agent }, (reply) => {
      if (path !== "/") return resolve({ reply, port: reply.socket.localPort });
      const port = reply.socket.localPort;
      reply.resume().on("end", () => resolve({ reply, port }));
    }).on("error", reject);
  });
  const page = await ask("/");
  const stream = await ask("/news.mp3");
  assert.equal(stream.reply.headers["content-type"], "audio/mpeg");
  assert.equal(stream.port, page.port, "the same connection");
  await new Promise((resolve) => stream.reply.once("data", resolve));
  stream.reply.destroy();
  agent.destroy();
});

test("page and player cost twenty kilobytes and three requests", async (t) => {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  const bytes = new Map();
  session.on("Network.dataReceived", (it) => bytes.set(it.requestId, (bytes.get(it.requestId) ?? 0) + it.encodedDataLength));
  const asked = [];
  session.on("Network.requestWillBeSent", (it) => asked.push(it.request.url));
  await page.goto(station.url, { waitUntil: "load" });
  await until(() => asked.some((url) => url.endsWith("/events")), "the last request");
  const sum = [...bytes.values()].reduce((a, b) => a + b, 0);
  assert.ok(sum <= 20 * 1024, `${sum} bytes`);
  // The page, its script and the events: nothing else, and nothing from elsewhere.
  const requests = asked.filter((url) => !url.startsWith("data:"));
  assert.ok(requests.length <= 3, requests.join("\n"));
  assert.ok(asked.every((url) => url.startsWith(station.url) || url.startsWith("data:")), asked.join("\n"));
  assert.deepEqual(await context.cookies(), []);
});
