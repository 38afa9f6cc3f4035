/** `deno task picture`: the picture at the top of the README, of the real program with a made-up past. */
import { launchBrowser, openPage, signIn } from "../browser/browser.ts";
import { fillHistory } from "../browser/fill_history.ts";
import { KEYS, SampleProgram } from "../support/sample_program.ts";

const PATH = new URL("../../.github/overview.png", import.meta.url).pathname;

const WIDTH = 1_440;
const SECTIONS_SHOWN = 3;

/** The README opens with it: a clone must stay light. */
const MOST_BYTES = 200_000;

await using program = await SampleProgram.start();
await fillHistory(program.sql, {
  trigger_model_retraining: { failing: 2, typicalMs: 42_000 },
  cleanup_old_error_logs: { missed: [3, 4, 17], failsEvery: 21, typicalMs: 300 },
  detect_improvement_patterns: { skipped: [5, 6], typicalMs: 9_000, slowest: 6 },
  refresh_history_index: { failsEvery: 25, missed: [30, 31, 32, 33], typicalMs: 2_300 },
  refresh_model_registry: { skipped: [12], typicalMs: 900 },
});
const browser = await launchBrowser();
try {
  const { page } = await openPage(browser, {
    viewport: { width: WIDTH, height: 800 },
    deviceScaleFactor: 1,
  });
  await signIn(page, program.origin, KEYS.admin);
  // The first three systems are enough: each row costs eight kilobytes.
  const last = (await page.locator("tbody").nth(SECTIONS_SHOWN - 1).boundingBox())!;
  const clip = { x: 0, y: 0, width: WIDTH, height: Math.round(last.y + last.height) };
  const image = await page.screenshot({ clip, fullPage: true });
  if (image.byteLength > MOST_BYTES) throw new Error(`The picture has ${image.byteLength} bytes`);
  await Deno.writeFile(PATH, image);
  console.log(`${PATH}: ${(image.byteLength / 1_000).toFixed(0)} kB`);
} finally {
  await browser.close();
}
