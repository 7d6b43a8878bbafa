/**
 * From a request to its reply.
 *
 * @module
 */

import type { RtspRequest } from "../rtsp/message.ts";
import { parseRequestUrl } from "../rtsp/request_url.ts";
import { type Client, findSession, type ServerContext } from "./context.ts";
import { describe, describeToLab } from "./describe.ts";
import { answerLabMethod, LAB_METHODS } from "./lab_methods.ts";
import { unsupportedFeatures } from "./features.ts";
import { getParameter, setParameter } from "./parameters.ts";
import { pause, play, tearDown } from "./playing.ts";
import type { Reply, ReplyStyle } from "./reply.ts";
import { setUp } from "./setup.ts";

/** What OPTIONS lists. */
const PUBLIC = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER, SET_PARAMETER";

/** Methods that some lab clients send without a URL: the session tells what is meant. */
const OF_SESSION: ReadonlySet<string> = new Set(["PLAY", "PAUSE", "TEARDOWN"]);

/** Methods of the RFCs that a server which only plays does not allow. */
const NOT_ALLOWED: ReadonlySet<string> = new Set(["ANNOUNCE", "RECORD", "REDIRECT", "PLAY_NOTIFY"]);

/** Answers a request; undefined where no answer is wanted. */
export async function handleRequest(
  context: ServerContext,
  client: Client,
  request: RtspRequest,
): Promise<Reply | undefined> {
  const style = replyStyle(request, client);
  const reply = await answer(context, client, request, style);
  if (style !== "lab" || reply === undefined || reply.status === 200) return reply;
  if (reply.session !== undefined) return reply;
  // Some lab clients take the session of any reply for theirs.
  const found = findSession(context, client, request);
  return "session" in found ? { ...reply, session: found.session.id } : reply;
}

async function answer(
  context: ServerContext,
  client: Client,
  request: RtspRequest,
  style: ReplyStyle,
): Promise<Reply | undefined> {
  // The labs' own servers do not look at the version, and some clients made one up.
  const versions = style === "lab" ? /^(?:1\.\d|2\.0)$/ : /^[12]\.0$/;
  if (!versions.test(request.version)) return { status: 505 };
  const invalid = checkHeaders(request, style);
  if (invalid !== undefined) return invalid;
  const { method } = request;
  if (style === "lab" && LAB_METHODS.has(method)) {
    return await answerLabMethod(context, client, request);
  }
  if (request.url === "" && !(style === "lab" && OF_SESSION.has(method))) return { status: 400 };
  switch (method) {
    case "OPTIONS":
      return options(context, client, request, style);
    case "DESCRIBE":
      return style === "lab"
        ? await describeToLab(context, client, request)
        : await describe(context, client, request);
    case "SETUP":
      return await setUp(context, client, request);
    case "PLAY":
      return play(context, client, request);
    case "PAUSE":
      return pause(context, client, request);
    case "TEARDOWN":
      return tearDown(context, client, request);
    case "GET_PARAMETER":
      return getParameter(context, client, request);
    case "SET_PARAMETER":
      return setParameter(context, client, request);
    default:
      return NOT_ALLOWED.has(method)
        ? { status: 405, headers: [["Allow", PUBLIC]] }
        : { status: 501, headers: [["Public", PUBLIC]] };
  }
}

/** Mistakes that are the same for every method. */
function checkHeaders(request: RtspRequest, style: ReplyStyle): Reply | undefined {
  const { headers, url } = request;
  const cseqs = headers.getAll("cseq").map((cseq) => cseq.trim());
  // Some controllers of the audio lab number only their SETUP.
  const numbered = cseqs.length > 0 || style === "audio-lab";
  if (!numbered || cseqs.some((cseq) => !/^\d{1,10}$/.test(cseq))) return { status: 400 };
  if (new Set(cseqs).size > 1) return { status: 400 };
  if (style === "standard" && !isUsable(url)) return { status: 400 };
  const unsupported = unsupportedFeatures(headers);
  return unsupported.length === 0
    ? undefined
    : { status: 551, headers: [["Unsupported", unsupported.join(", ")]] };
}

/**
 * Whatever a request URL holds is looked up, and found or not: also spaces, which players leave in the
 * names that people give them.
 */
function isUsable(url: string): boolean {
  return !/[^\S ]/.test(url);
}

function options(
  context: ServerContext,
  client: Client,
  request: RtspRequest,
  style: ReplyStyle,
): Reply {
  const id = request.headers.get("session")?.split(";", 1)[0]?.trim();
  const session = id === undefined ? undefined : context.sessions.find(id, client.address);
  if (id !== undefined && session === undefined) return { status: 454 };
  if (session !== undefined) session.lastSeenMs = context.environment.pacer.now();
  const headers: [string, string][] = [["Public", PUBLIC]];
  // The lab that has OPTIONS gives three lines, and its clients read no more: Public is the third.
  const none = style === "lab" ? { session: "" } : undefined;
  return { status: 200, headers, ...(session === undefined ? none : { session: session.id }) };
}

/**
 * How a request is answered. What was set up on the connection tells; before that, the request's own
 * form: standard clients end lines with CRLF and heads with a blank line.
 */
export function replyStyle(request: RtspRequest, client: Pick<Client, "dialect">): ReplyStyle {
  if (client.dialect === "lab" || client.dialect === "audio-lab") return client.dialect;
  if (client.dialect === "standard") return "standard";
  if (/^\s*UDP\s*;/i.test(request.headers.get("transport") ?? "")) return "audio-lab";
  if (/^\s*RTP\/(?:UDP|TCP)/i.test(request.headers.get("transport") ?? "")) return "lab";
  const { blankLine, lineEnding } = request.wire;
  if (blankLine && lineEnding === "\r\n") return "standard";
  if (request.version === "2.0" && !blankLine) return "audio-lab";
  return blankLine && parseRequestUrl(request.url).absolute ? "standard" : "lab";
}
