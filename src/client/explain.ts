/**
 * What most likely happened, in words for a person.
 *
 * @module
 */

import { describeError } from "../cli/failure.ts";
import { spaced } from "../diagnose/whole_jpeg_watch.ts";
import type { RtpPacket } from "../rtp/packet.ts";
import type { Dialect } from "./dialects.ts";

/** PLAY was answered, but no media came for `seconds`. */
export function silenceWords(seconds: number, dialect: Dialect, transport: string): string {
  const what = `no RTP in ${seconds} s`;
  switch (dialect) {
    case "standard":
      return transport.startsWith("TCP")
        ? `${what}, over TCP either: the server has nothing to send, or its sending thread has died`
        : `${what}: a firewall may drop UDP. Try --transport tcp`;
    case "audio-lab":
      return `no sound in ${seconds} s: the server may not have the file, or sends it elsewhere`;
    case "hello":
      return `${what}: the server may not have taken the Go, or its sending thread has died`;
    case "lab":
      return `${what}: the server may not have the file, or its sending thread has died`;
  }
}

/** Packets come, but no frame of `kind` is made of them: why, by one of them. */
export function blankWords(
  kind: string,
  expected: number | undefined,
  { payloadType, payload }: RtpPacket,
  damage: string | undefined,
): string {
  const what = kind === "audio" ? "sound" : "picture";
  const why = expected !== undefined && payloadType !== expected
    ? `their payload type is ${payloadType}, not ${expected}`
    : `their payloads begin ${spaced(payload, 4)}${
      damage === undefined ? "" : `; of the last frame ${damage}`
    }`;
  return `packets come, but no ${what} is made of them: ${why}`;
}

/** The server closed the control connection while something was to come. */
export function closedWords(dialect: Dialect, playing: boolean): string {
  const what = "the server closed the connection";
  if (dialect === "standard") {
    return playing ? `${what} while playing: it has ended, or has given the session up` : what;
  }
  return playing ? `${what}: its thread has died, perhaps because it cannot read the file` : what;
}

/** What went wrong when a server was asked, in words for a person. */
export function describeServerError(error: unknown): string {
  if (error instanceof Deno.errors.ConnectionRefused) {
    return `${describeError(error)}: no server is running there`;
  }
  if (error instanceof Deno.errors.ConnectionReset) return "the server broke the connection";
  return describeError(error);
}
