// @ts-check
/// <reference lib="dom" />
/**
 * What stands over the picture when it does not simply play.
 *
 * @module
 */

/** @import { PlayerSnapshot } from "../../client/player.ts" */
import { byId, setText } from "./dom.js";

/**
 * What to say over the picture; nothing while it plays.
 *
 * @param {PlayerSnapshot | undefined} snapshot
 * @param {boolean} connected
 * @param {3 | 4} mode
 * @param {string} [trouble] What is said elsewhere of a command that failed, and not repeated here.
 * @returns {{ kind: string, title: string, reason: string } | undefined}
 */
export function overlayText(snapshot, connected, mode, trouble = "") {
  if (!connected) {
    return {
      kind: "gone",
      title: snapshot === undefined ? "Connecting…" : "Reel does not answer",
      reason: snapshot === undefined ? "" : "It has ended, or is starting anew. Trying again…",
    };
  }
  if (snapshot === undefined) return { kind: "gone", title: "Connecting…", reason: "" };
  const { state, condition, reason = "" } = snapshot;
  const named = namedCondition(condition, reason);
  if (named !== undefined) {
    const isSaid = named.kind === "failed" && reason !== "" && trouble !== "" &&
      (trouble.includes(reason) || reason.includes(trouble));
    return isSaid ? { ...named, reason: "" } : named;
  }
  if (state === "Init") {
    const next = mode === 4 ? "SETUP reserves it, PLAY starts it." : "PLAY sets up and starts it.";
    return { kind: "idle", title: "Nothing is set up", reason: next };
  }
  if (state === "Ready" && condition === "idle") {
    return { kind: "idle", title: "Ready", reason: "PLAY starts it." };
  }
  return undefined;
}

/**
 * @param {PlayerSnapshot["condition"]} condition
 * @param {string} reason
 */
function namedCondition(condition, reason) {
  switch (condition) {
    case "buffering":
      return { kind: "buffering", title: "Waiting for pictures", reason };
    case "paused":
      return { kind: "paused", title: "Paused", reason };
    case "ended":
      return { kind: "ended", title: "The end", reason };
    case "failed":
      return { kind: "failed", title: "It failed", reason };
    default:
      return undefined;
  }
}

/**
 * Shows it.
 *
 * @param {ReturnType<typeof overlayText>} text
 */
export function showOverlay(text) {
  const overlay = byId("overlay");
  overlay.hidden = text === undefined;
  overlay.dataset["kind"] = text?.kind ?? "";
  setText(byId("overlay-title"), text?.title ?? "");
  setText(byId("overlay-reason"), text?.reason ?? "");
}
