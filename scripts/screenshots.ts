import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { DAY_MS, MINUTE_MS, minuteOf } from "../src/store/traffic.js";
import { newVisitor, startBrowser } from "../test/support/browser.js";
import { type ConsoleScene, startConsoleScene } from "../test/support/console-scene.js";
import { type Place, placesOf } from "../test/support/every-page.js";
import { startTestService } from "../test/support/service.js";

const LOOKS = [
  { name: "wide-light", width: 1280, dark: false },
  { name: "wide-dark", width: 1280, dark: true },
  { name: "narrow-light", width: 390, dark: false },
  { name: "narrow-dark", width: 390, dark: true },
] as const;

const [folder = "screenshots", only = "", looks = ""] = process.argv.slice(2);

/** `/customers/acme/orders/ASK1?x=y` as the name of a file; ids of their own would change from run to run. */
function fileName({ address, as }: Place, number: number): string {
  const plain = address.replace(/\b(ep|dlv|usr|key)_\w+|(?<=welcome\/)[\w-]{20,}/g, "$1").replace(/\W+/g, "-");
  return `${String(number).padStart(2, "0")}-${as}${plain === "-" ? "-overview" : plain}`.replace(/-+$/, "");
}

async function shoot(scene: ConsoleScene): Promise<void> {
  const { url } = scene.service;
  const browser = await startBrowser();
  for (const { name, width, dark } of LOOKS.filter((look) => look.name.includes(looks))) {
    const { page, context } = await newVisitor(browser, url, { width, dark });
    for (const [number, place] of placesOf(scene).entries()) {
      const file = fileName(place, number);
      if (!new RegExp(only).test(file)) continue;
      await context.clearCookies();
      if (place.as !== "nobody") {
        await context.addCookies([{ name: "waybell-session", value: scene.sessions[place.as], url }]);
      }
      await page.goto(place.address);
      // As high as the page, so that what sticks to the end of the window covers nothing.
      const height = (await page.evaluate("document.documentElement.scrollHeight")) as number;
      await page.setViewportSize({ width, height: Math.max(900, height) });
      const path = join(folder, name, `${file}.png`);
      await page.screenshot({ path, fullPage: true });
      await page.setViewportSize({ width, height: 900 });
      process.stdout.write(`${path}\n`);
    }
    await context.close();
  }
  await browser.close();
}

/** A month of traffic: what was counted before the service is started. */
async function pastTraffic(place: string): Promise<void> {
  const service = await startTestService(place);
  await service.close();
  const client = createClient({ url: `file:${join(place, "waybell.db")}` });
  const add = (period: string, at: number, delivered: number, failed: number) =>
    client.execute({
      sql: `INSERT INTO traffic (customer_id, period, at, events, deliveries, delivered, failed, failed_attempts)
        VALUES ('', ?, ?, ?, ?, ?, ?, ?)`,
      args: [period, at, delivered, delivered + failed, delivered, failed, failed],
    });
  const now = Date.now();
  for (let back = 1; back < 30; back++) {
    const at = Math.floor(now / DAY_MS - back) * DAY_MS;
    const isQuiet = [0, 6].includes(new Date(at).getUTCDay());
    await add("day", at, (isQuiet ? 21 : 84) + ((back * 37) % 29), back % 5 === 0 ? 9 : (back * 7) % 4);
  }
  for (let back = 1; back < 60; back++) {
    const at = minuteOf(now - back * MINUTE_MS);
    await add("minute", at, 14 + ((back * 23) % 17), back > 38 && back < 46 ? 6 : (back * 5) % 3 === 0 ? 1 : 0);
  }
  client.close();
}

mkdirSync(folder, { recursive: true });
const scene = await startConsoleScene(9, pastTraffic);
try {
  await shoot(scene);
} finally {
  await scene.close();
}
