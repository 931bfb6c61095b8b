// A demo station and a browser, for the tests.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const PROGRAM = process.env.LONGWAVE ?? new URL("../target/debug/longwave", import.meta.url).pathname;
const BROWSER = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Starts the demo on a free port, or takes the one that LONGWAVE_URL names (with ADMIN as user:password, and SOURCE the sources' password). */
export async function startStation() {
  if (process.env.LONGWAVE_URL) {
    return { url: process.env.LONGWAVE_URL, admin: process.env.ADMIN, source: process.env.SOURCE, stop: async () => {} };
  }
  const dir = mkdtempSync(join(tmpdir(), "longwave-e2e-"));
  let running = await launch(dir, 0);
  return {
    ...running.station,
    /** Power off. */
    kill: () => running.end("SIGKILL"),
    /** Power on again, at the same place. */
    async revive() {
      running = await launch(dir, new URL(running.station.url).port);
    },
    async stop() {
      await running.end("SIGTERM");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function launch(dir, port) {
  const child = spawn(PROGRAM, ["demo", "--port", `${port}`, "--dir", dir], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const pipe of [child.stdout, child.stderr]) pipe.on("data", (data) => { said += data; });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await until(() => {
    if (child.exitCode !== null) throw new Error(`the demo ended:\n${said}`);
    return /user admin\s+password \S+/.test(said);
  }, "the demo's welcome");
  const station = {
    url: said.match(/http:\/\/[^\s/]+\//)[0],
    admin: `admin:${said.match(/user admin\s+password (\S+)/)[1]}`,
    source: said.match(/user source\s+password (\S+)/)[1],
  };
  await until(async () => (await fetch(new URL("/health", station.url))).ok, "audio on every stream");
  return { station, end: (signal) => { child.kill(signal); return ended; } };
}

export function startBrowser(...more) {
  return chromium.launch({
    executablePath: BROWSER,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--mute-audio",
      "--disable-background-networking", "--disable-component-update", "--disable-sync", ...more],
  });
}

/** Sends a tone to a mount until `stop` is called. */
export async function startSource(station, mount) {
  const target = `icecast://source:${station.source}@${new URL(station.url).host}${mount}`;
  const child = spawn("ffmpeg", ["-v", "error", "-re", "-f", "lavfi", "-i", "sine=frequency=330:sample_rate=44100",
    "-ac", "2", "-c:a", "libmp3lame", "-b:a", "128k", "-content_type", "audio/mpeg", "-f", "mp3", target],
  { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const onAir = async () => {
    if (child.exitCode !== null) throw new Error("the source was refused");
    const { streams } = await (await fetch(new URL("/health", station.url))).json();
    return streams.find((it) => it.mount === mount).on_air === "source";
  };
  await until(onAir, "the source on the air");
  return { stop: () => { child.kill("SIGKILL"); return ended; } };
}

/** Asks the administration, as its user. */
export async function administer(station, target) {
  const reply = await fetch(new URL(`/admin/${target}`, station.url), {
    headers: { Authorization: `Basic ${Buffer.from(station.admin).toString("base64")}` },
  });
  if (!reply.ok) throw new Error(`${target} was refused: ${reply.status} ${await reply.text()}`);
  return reply.text();
}

/** Sets a stream's title as its source would. */
export function setTitle(station, mount, title, artist) {
  const query = new URLSearchParams({ mount, mode: "updinfo", title, artist, charset: "utf-8" });
  return administer(station, `metadata?${query}`);
}

/** Waits until `so` is true. */
export async function until(so, what, patience = 30000) {
  const end = Date.now() + patience;
  while (!(await so())) {
    if (Date.now() > end) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
