// The home page and its player in a real browser.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { setTitle, startBrowser, startSource, startStation, until } from "./station.js";

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

async function openIn(t, context) {
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.goto(station.url);
  t.after(() => assert.deepEqual(complaints, [], "the browser complains"));
  return page;
}

const stateOf = (page) => page.locator("#player").getAttribute("data-state");
const heardIs = (page, state, patience) =>
  until(async () => (await stateOf(page)) === state, `the state ${state}`, patience);
const secondsOf = (page) => page.evaluate(() => document.querySelector("audio").currentTime);

/** Does the page know what it plays? */
const mapped = (page) => page.evaluate(() =>
  performance.getEntriesByType("resource").some((it) => it.name.includes("/map")));

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
  assert.equal(await page.locator("a.play").getAttribute("href"), "/news.mp3");
  assert.match(await page.locator("h1").textContent(), /The River at Night\s+Ada Marsh/);
  await page.screenshot({ path: `${PICTURES}/no-script.png` });
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

test("a new title is shown when it is heard, not before", async (t) => {
  const page = await open(t);
  await page.getByRole("button", { name: "Play Music" }).click();
  await heardIs(page, "live");
  await until(async () => (await secondsOf(page)) > 1, "sound");
  await until(() => mapped(page), "the map");
  const set = Date.now();
  await setTitle(station, "/music.mp3", "Second Movement", "Alder Falls Winds");
  const shows = async () => (await page.locator("h1").textContent()).includes("Second Movement");
  await until(shows, "the new title");
  // A live listener is the burst behind what the source sends now.
  assert.ok(Date.now() - set > 2000, `shown ${Date.now() - set} ms after it was set`);
});

test("pause keeps the place, and going live leaves it", async (t) => {
  const page = await open(t);
  await page.getByRole("button", { name: "Play live" }).click();
  await heardIs(page, "live");
  await until(async () => (await secondsOf(page)) > 1, "sound");
  await page.locator("#player").getByRole("button", { name: "Pause" }).click();
  await heardIs(page, "paused");
  assert.match(await page.locator(".state").textContent(), /^Paused( at \d\d:\d\d)?$/);
  await page.getByRole("button", { name: "Resume News" }).first().click();
  await until(async () => ["live", "behind"].includes(await stateOf(page)), "sound again");
  await page.locator("#player").getByRole("button", { name: "Pause" }).click();
  await heardIs(page, "paused");
  const live = page.getByRole("button", { name: "Go live" });
  if (await live.isVisible()) {
    await live.click();
    await heardIs(page, "live");
  }
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

test("a stall is noticed, and what was lost is asked for", async (t) => {
  const page = await open(t);
  await page.getByRole("button", { name: "Play live" }).click();
  await heardIs(page, "live");
  await until(async () => (await secondsOf(page)) > 2, "sound");
  await until(() => mapped(page), "the map");
  const asked = page.waitForRequest((request) => /news\.mp3\?sid=.*&from=/.test(request.url()));
  const seats = await (await fetch(new URL("/admin/listclients?mount=/news.mp3", station.url), {
    headers: { Authorization: `Basic ${Buffer.from(station.admin).toString("base64")}` },
  })).text();
  for (const [, id] of seats.matchAll(/<ID>(\d+)<\/ID>/g)) {
    await fetch(new URL(`/admin/killclient?mount=/news.mp3&id=${id}`, station.url), {
      headers: { Authorization: `Basic ${Buffer.from(station.admin).toString("base64")}` },
    });
  }
  await asked;
  await until(async () => ["live", "behind"].includes(await stateOf(page)), "sound again");
});

test("a restart of the station is no end of the programme", { skip: !!process.env.LONGWAVE_URL }, async (t) => {
  const own = await startStation();
  t.after(() => own.stop());
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(own.url);
  await page.getByRole("button", { name: "Play live" }).click();
  await heardIs(page, "live");
  await until(() => mapped(page), "the map");
  await until(async () => (await secondsOf(page)) > 3, "sound");
  const lost = page.waitForRequest((request) => /news\.mp3\?sid=.*&from=/.test(request.url()));
  await own.restart();
  const from = new URL((await lost).url()).searchParams.get("from");
  assert.ok(Date.now() - Date.parse(from) < 60000, `asked for ${from}`);
  await until(async () => ["live", "behind"].includes(await stateOf(page)), "sound again");
  await until(async () => (await secondsOf(page)) > 1, "it goes on");
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
  await page.waitForTimeout(500);
  const sum = [...bytes.values()].reduce((a, b) => a + b, 0);
  assert.ok(sum <= 20 * 1024, `${sum} bytes`);
  // The page, its script and the events: nothing else, and nothing from elsewhere.
  const requests = asked.filter((url) => !url.startsWith("data:"));
  assert.ok(requests.length <= 3, requests.join("\n"));
  assert.ok(asked.every((url) => url.startsWith(station.url) || url.startsWith("data:")), asked.join("\n"));
  assert.deepEqual(await context.cookies(), []);
});
