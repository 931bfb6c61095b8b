// Pictures of the home page: `node pictures.js [folder]`.
import { mkdirSync } from "node:fs";
import { startBrowser, startStation, until } from "./station.js";

const folder = process.argv[2] ?? new URL("./screenshots", import.meta.url).pathname;
mkdirSync(folder, { recursive: true });
const station = await startStation();
const browser = await startBrowser();
try {
  for (const [name, width, height] of [["phone", 390, 844], ["desktop", 1280, 800]]) {
    for (const colorScheme of ["light", "dark"]) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme, deviceScaleFactor: name === "phone" ? 2 : 1 });
      const page = await context.newPage();
      await page.goto(station.url);
      if (colorScheme === "dark") {
        await page.getByRole("button", { name: "Play live" }).click();
        await until(async () => (await page.locator("#player").getAttribute("data-state")) === "live", "sound");
        await page.mouse.move(0, 0);
        await page.evaluate(() => document.activeElement.blur());
      }
      await page.waitForTimeout(1500);
      await page.screenshot({ path: `${folder}/home-${name}-${colorScheme}.png` });
      if (process.env.WHOLE) await page.screenshot({ path: `${folder}/whole-${name}-${colorScheme}.png`, fullPage: true });
      await context.close();
    }
  }
} finally {
  await browser.close();
  await station.stop();
}
