/**
 * What tests look at on the player's page, as expressions for the browser.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { runPeer } from "../peers/peer.ts";
import type { BrowserTab } from "./chromium.ts";

/** Names of the buttons that are there, those that can be pressed in capitals. */
export const BUTTONS = `[...document.querySelectorAll("#controls button")].filter((b) => !b.hidden)
  .map((b) => b.disabled ? b.dataset.command : b.dataset.command.toUpperCase()).join(" ")`;

/** The session's state in the bar. */
export const STATE = `document.querySelector("#link-text").textContent`;

/** Number of the frame on show; NaN when there is none. */
export const FRAME = `Number(document.querySelector("#picture").dataset.frame)`;

/** What stands over the picture. */
export const OVERLAY = `(document.querySelector("#overlay").hidden
  ? "" : document.querySelector("#overlay-title").textContent)`;

/** The state that the diagram shows lit. */
export const LIT = `document.querySelector(".state.current").textContent`;

/** The pixels on the page, four bytes each, in Base64. */
const PIXELS = `(() => {
  const canvas = document.querySelector("#picture");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let text = "";
  for (let i = 0; i < data.length; i += 32768) {
    text += String.fromCharCode(...data.subarray(i, i + 32768));
  }
  return btoa(text);
})()`;

/** Mean difference of the page's picture from what ffmpeg makes of a JPEG, in steps of 255. */
export async function differenceFrom(tab: BrowserTab, jpeg: Uint8Array): Promise<number> {
  const shown = Uint8Array.from(atob(await tab.evaluate(PIXELS)), (c) => c.charCodeAt(0));
  const file = await Deno.makeTempFile({ suffix: ".jpg" });
  try {
    await Deno.writeFile(file, jpeg);
    const args = ["-v", "error", "-i", file, "-f", "rawvideo", "-pix_fmt", "rgba", "-"];
    const { stdout } = await runPeer("ffmpeg", args);
    assertEquals(shown.length, stdout.length);
    let sum = 0;
    for (let i = 0; i < shown.length; i++) sum += Math.abs(shown[i]! - stdout[i]!);
    return sum / shown.length;
  } finally {
    await Deno.remove(file);
  }
}

/** A number in the table, as it stands there. */
export function readNumber(tab: BrowserTab, name: string, track = 0): Promise<number> {
  return tab.evaluate<number>(`parseFloat(document.querySelector(
    "[data-number=${name}][data-track='${track}']").textContent.replace(/\\u202f/g, ""))`);
}

/** Moves the seek bar as a hand would. */
export async function seekTo(tab: BrowserTab, seconds: number): Promise<void> {
  await tab.evaluate(`(() => {
    const bar = document.querySelector("#seek");
    bar.value = ${seconds};
    bar.dispatchEvent(new Event("input"));
    bar.dispatchEvent(new Event("change"));
  })()`);
}
