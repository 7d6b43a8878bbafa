/**
 * What every dialect offers a player, and what it needs from it.
 *
 * @module
 */

import type { Credentials } from "../rtsp/authorization.ts";
import type { HelloForm } from "../rtsp/hello.ts";
import type { RtspLink } from "./rtsp_link.ts";
import type { MediaReceiver } from "./media_receiver.ts";
import type { RangeStart } from "./reception.ts";

/** The server and what is asked of it. */
export interface Target {
  /** The URL without user info, or HOST:PORT/FILE made into one. */
  readonly url: string;
  /** Server's name or address. */
  readonly hostname: string;
  /** TCP port. */
  readonly port: number;
  /** What follows the authority, decoded, without a leading slash: the labs' file name. */
  readonly path: string;
  /** From the URL's user info. */
  readonly credentials?: Credentials;
}

/** Longest wait for a reply or a first packet when there is no other limit, in ms. */
export const DEFAULT_TIMEOUT_MS = 5000;

/** Settings of a session. */
export interface SessionOptions {
  /** The dialect to speak; found out when absent. */
  readonly dialect?: "standard" | "lab" | "audio-lab" | "hello";
  /** The transport to use; UDP, then TCP, when absent. */
  readonly transport?: "udp" | "tcp";
  /** "1.0" or "2.0". Default "1.0". */
  readonly rtspVersion?: "1.0" | "2.0";
  /** UDP port to receive on; any when absent. */
  readonly rtpPort?: number;
  /** UDP port of another program of this machine that receives instead. */
  readonly controllerPort?: number;
  /** Longest wait for a reply or a first packet, in ms. Default 5000. */
  readonly timeoutMs?: number;
  /**
   * Silence after which a stream is over, in ms; at its beginning too, once no other transport is left
   * to try. By default `timeoutMs` at the beginning, then 20 s, in the labs 3 s.
   */
  readonly idleMs?: number;
  /**
   * Only packets are wanted: standard streams are not put together, and no mistakes are looked for in
   * them. For who does the first by themselves, such as a recorder.
   */
  readonly packetsOnly?: boolean;
  /** How the hello lab's messages are written; both are tried when absent. */
  readonly helloForm?: HelloForm;
}

/** The session, as a dialect sees it. */
export interface ConversationHost {
  /** What is played. */
  readonly target: Target;
  /** Settings. */
  readonly options: SessionOptions;
  /** Where media comes in. */
  readonly media: MediaReceiver;
  /** The session's clock in ms. */
  now(): number;
  /** The server redirects; the next connection goes there. */
  moved(target: Target): void;
  /** Opens the control connection. */
  connect(): Promise<RtspLink>;
  /** Aborted when the SETUP that is under way is not wanted any more. */
  readonly signal: AbortSignal | undefined;
  /** Tells of something that views show. */
  learned(facts: {
    sessionId?: string;
    transport?: string;
    duration?: number;
    sdp?: string;
  }): void;
  /** Something went on differently than it should, in words for a person. */
  remark(message: string): void;
  /** A method got no reply. */
  unanswered(method: string, afterMs: number): void;
}

/** A dialect in use on one connection. */
export interface Conversation {
  /** Which it is. */
  readonly dialect: "standard" | "lab" | "audio-lab" | "hello";
  /** The connection, once there is one. */
  readonly link: RtspLink | undefined;
  /** Whether the server keeps a session that a TEARDOWN would end. */
  readonly hasSession: boolean;
  /** How media comes, where there is a choice. */
  readonly transport?: "udp" | "tcp";
  /** Asks for the description. */
  describe(): Promise<string>;
  /** Sets all tracks up. */
  setUp(): Promise<void>;
  /** Plays; gives what the reply said of each track. */
  play(position: number | undefined): Promise<readonly RangeStart[]>;
  /** Pauses. */
  pause(): Promise<void>;
  /** Ends the session. */
  tearDown(): Promise<void>;
  /** Says that the client is still there. */
  keepAlive?(): Promise<void>;
  /** How often {@linkcode keepAlive} wants to be called, in ms. */
  readonly keepAliveMs?: number;
  /** Closes the connection. */
  close(): void;
}

/** A reply that refuses, or something that makes going on impossible. */
export class ConversationError extends Error {
  /** The status of the reply, where there was one. */
  readonly status: number | undefined;

  /** `message` is for a person. */
  constructor(message: string, status?: number, options?: ErrorOptions) {
    super(message, options);
    this.name = "ConversationError";
    this.status = status;
  }
}
