// Pictures of the home page: `node pictures.js [folder]`.
import { mkdirSync } from "node:fs";
import { setTitle, startBrowser, startSource, startStation, until } from "./station.js";

const folder = process.argv[2] ?? new URL("./screenshots", import.meta.url).pathname;
mkdirSync(folder, { recursive: true });
const station = await startStation();
// One stream is live, and on the other the demo's recording stands in.
const source = await startSource(station, "/news.mp3");
await setTitle(station, "/news.mp3", "The River at Night", "Ada Marsh");
const told = async () => (await (await fetch(new URL("/api/now", station.url))).json()).streams[0].title;
await until(async () => (await told()) === "The River at Night", "the title on the air");
const browser = await startBrowser();
try {
  for (const [name, width, height] of [["phone", 390, 844], ["desktop", 1280, 800]]) {
    for (const colorScheme of ["light", "dark"]) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme, deviceScaleFactor: name === "phone" ? 2 : 1 });
      const page = await context.newPage();
      await page.goto(station.url);
      if (colorScheme === "dark") {
        await page.getByRole("button", { name: "Play live" }).click();
        await until(async () => (await page.locator(".state").textContent()) === "Live", "live sound");
        await page.mouse.move(0, 0);
        await page.evaluate(() => document.activeElement.blur());
      }
      // As it looks once the title of the live stream is heard.
      await until(async () => (await page.locator(".lead").textContent()).includes("The River at Night"), "the title");
      await page.screenshot({ path: `${folder}/home-${name}-${colorScheme}.png` });
      if (process.env.WHOLE) await page.screenshot({ path: `${folder}/whole-${name}-${colorScheme}.png`, fullPage: true });
      await context.close();
    }
  }
} finally {
  await browser.close();
  await source.stop();
  await station.stop();
}
