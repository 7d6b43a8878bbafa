/**
 * The Session header (RFC 2326 section 12.37, RFC 7826 section 18.49).
 *
 * @module
 */

/** Session identifier and timeout. */
export interface SessionHeader {
  /** The identifier, without parameters. */
  readonly id: string;
  /** Seconds without a sign of life after which the server may forget the session. */
  readonly timeout?: number;
}

/** The timeout when the server names none, in seconds (RFC 2326 section 12.37). */
export const DEFAULT_SESSION_TIMEOUT = 60;

/** Parses `12345678;timeout=60`; undefined when there is no identifier. */
export function parseSession(header: string): SessionHeader | undefined {
  const [id = "", ...parameters] = header.split(";").map((part) => part.trim());
  if (id === "") return undefined;
  for (const parameter of parameters) {
    const match = /^timeout\s*=\s*(\d+)$/i.exec(parameter);
    if (match !== null) return { id, timeout: Number(match[1]) };
  }
  return { id };
}

/** `id;timeout=60`, or the identifier alone. */
export function formatSession(session: SessionHeader): string {
  return session.timeout === undefined ? session.id : `${session.id};timeout=${session.timeout}`;
}
