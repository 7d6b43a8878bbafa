/**
 * WWW-Authenticate and Authorization: Basic (RFC 7617) and Digest with MD5 or SHA-256 (RFC 7616, RFC
 * 2617), as RTSP takes them over.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** A name and a password. */
export interface Credentials {
  /** User name. */
  readonly username: string;
  /** Password. */
  readonly password: string;
}

/** What a server asks for. */
export interface Challenge {
  /** "basic" or "digest"; others are not understood. */
  readonly scheme: string;
  /** Parameters, names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Parses the value of one or more WWW-Authenticate headers. */
export function parseChallenges(headers: readonly string[]): Challenge[] {
  return headers.flatMap((header) => {
    // A new challenge begins with a word that is followed by a parameter, or by nothing.
    const starts = [...header.matchAll(/(?:^|,)\s*(Basic|Digest)\b/gi)];
    return starts.map((match, i) => {
      const from = match.index + match[0].length;
      const text = header.slice(from, starts[i + 1]?.index ?? header.length);
      const parameters = new Map<string, string>();
      for (
        const [, name = "", quoted, plain] of text.matchAll(
          /(?<![\w-])([\w-]+)\s*=\s*(?:"([^"]*)"|([^\s,]*))/g,
        )
      ) {
        parameters.set(name.toLowerCase(), quoted ?? plain ?? "");
      }
      return { scheme: match[1]!.toLowerCase(), parameters };
    });
  });
}

/** The strongest challenge that can be met: SHA-256, then MD5, then Basic. */
export function chooseChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  const strength = ({ scheme, parameters }: Challenge): number => {
    if (scheme === "basic") return 1;
    const algorithm = (parameters.get("algorithm") ?? "MD5").toUpperCase();
    return algorithm === "SHA-256" ? 3 : algorithm === "MD5" ? 2 : 0;
  };
  const best = [...challenges].sort((a, b) => strength(b) - strength(a))[0];
  return best !== undefined && strength(best) > 0 ? best : undefined;
}

/** The Authorization header for a request. `nonceCount` counts the uses of the nonce from 1. */
export function authorize(
  challenge: Challenge,
  credentials: Credentials,
  request: { method: string; url: string },
  client: { cnonce: string; nonceCount: number },
): string {
  const { username, password } = credentials;
  if (challenge.scheme === "basic") {
    const bytes = new TextEncoder().encode(`${username}:${password}`);
    return `Basic ${btoa(String.fromCharCode(...bytes))}`;
  }
  const { parameters } = challenge;
  const realm = parameters.get("realm") ?? "";
  const nonce = parameters.get("nonce") ?? "";
  const algorithm = parameters.get("algorithm");
  const digest = (text: string): string =>
    createHash(algorithm?.toUpperCase() === "SHA-256" ? "sha256" : "md5").update(text).digest(
      "hex",
    );
  const ha1 = digest(`${username}:${realm}:${password}`);
  const ha2 = digest(`${request.method}:${request.url}`);
  const qop = parameters.get("qop")?.split(",").map((word) => word.trim()).find((word) =>
    word === "auth"
  );
  const nc = client.nonceCount.toString(16).padStart(8, "0");
  const response = qop === undefined
    ? digest(`${ha1}:${nonce}:${ha2}`)
    : digest(`${ha1}:${nonce}:${nc}:${client.cnonce}:${qop}:${ha2}`);
  const opaque = parameters.get("opaque");
  return [
    `Digest username="${username}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    `uri="${request.url}"`,
    `response="${response}"`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
    ...(qop === undefined ? [] : [`qop=${qop}`, `nc=${nc}`, `cnonce="${client.cnonce}"`]),
  ].join(", ");
}
