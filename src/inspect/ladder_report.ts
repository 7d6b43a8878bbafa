/**
 * RTSP conversations as ladders: who said what, when.
 *
 * @module
 */

import { visible } from "../bytes/text.ts";
import { type Style, style } from "../cli/terminal.ts";
import type { PacketFilter } from "./packet_filter.ts";
import type { LoggedMessage, RtspConversation } from "./rtsp_conversation.ts";

const WIDTH = 46;

/** What a rung says: the first line, and the fields that tell most. */
export interface Rung {
  /** Frame and time. */
  readonly frameNumber: number;
  /** Time since the first frame in ms. */
  readonly timeMs: number;
  /** Whether the client says it. */
  readonly fromClient: boolean;
  /** The first line. */
  readonly title: string;
  /** Fields worth a line of their own. */
  readonly details: readonly string[];
  /** Whether it is an answer that refuses, or no message at all. */
  readonly isBad: boolean;
}

const FIELDS = ["CSeq", "Session", "Transport", "Range", "RTP-Info", "Scale", "Content-Type"];

/** A message as a rung. */
export function rungOf({ message, frameNumber, timeMs, fromClient }: LoggedMessage): Rung {
  const place = { frameNumber, timeMs, fromClient };
  if (message.kind === "malformed") {
    return { ...place, title: `? ${visible(message.bytes, 60)}`, details: [], isBad: true };
  }
  const { headers, version, body } = message;
  const details = FIELDS.flatMap((name) => {
    const value = headers.get(name);
    return value === undefined ? [] : [`${name}: ${visible(value, 160)}`];
  });
  if (body.length > 0) details.push(`(${body.length} bytes of body)`);
  return message.kind === "request"
    ? {
      ...place,
      title: `${message.method} ${visible(message.url, 120)} RTSP/${version}`,
      details,
      isBad: false,
    }
    : {
      ...place,
      title: `RTSP/${version} ${message.status} ${visible(message.reason, 60)}`,
      details,
      isBad: message.status >= 400,
    };
}

/** All conversations; `color` as the terminal wants it. */
export function formatLadders(
  conversations: readonly RtspConversation[],
  filter: PacketFilter,
  color: boolean,
): string {
  if (conversations.length === 0) return "No RTSP conversations.";
  const paint = (text: string, name: Style) => style(text, name, color);
  return conversations.map((conversation) => {
    const rungs = conversation.messages.map(rungOf).filter(({ frameNumber, timeMs }) =>
      filter.takesMoment(frameNumber, timeMs)
    );
    const dropped = conversation.droppedMessages === 0
      ? []
      : [`… ${conversation.droppedMessages} more messages`];
    return [
      paint(`RTSP ${conversation.number}: ${conversation.title}`, "bold"),
      ...rungs.flatMap((rung) => formatRung(rung, paint)),
      ...dropped,
    ].join("\n");
  }).join("\n\n");
}

function formatRung(rung: Rung, paint: (text: string, name: Style) => string): string[] {
  const { frameNumber, timeMs, fromClient, title, details, isBad } = rung;
  const place = `${(timeMs / 1000).toFixed(6).padStart(12)} ${frameNumber.toString().padStart(7)}`;
  const arrow = fromClient ? `client ${"─".repeat(8)}▶ server` : `client ◀${"─".repeat(8)} server`;
  const margin = " ".repeat(place.length + 2);
  return [
    `${place}  ${paint(arrow, fromClient ? "cyan" : "green")}  ${
      isBad ? paint(title, "red") : title
    }`,
    ...details.map((line) => `${margin}${" ".repeat(WIDTH / 2 + 4)}${paint(line, "dim")}`),
  ];
}
