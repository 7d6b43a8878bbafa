/**
 * RTSP status codes (RFC 2326 section 11, RFC 7826 section 17).
 *
 * @module
 */

import type { RtspResponse } from "./message.ts";

const REASONS: ReadonlyMap<number, string> = new Map([
  [100, "Continue"],
  [200, "OK"],
  [201, "Created"],
  [250, "Low on Storage Space"],
  [300, "Multiple Choices"],
  [301, "Moved Permanently"],
  [302, "Found"],
  [303, "See Other"],
  [304, "Not Modified"],
  [305, "Use Proxy"],
  [400, "Bad Request"],
  [401, "Unauthorized"],
  [402, "Payment Required"],
  [403, "Forbidden"],
  [404, "Not Found"],
  [405, "Method Not Allowed"],
  [406, "Not Acceptable"],
  [407, "Proxy Authentication Required"],
  [408, "Request Timeout"],
  [410, "Gone"],
  [411, "Length Required"],
  [412, "Precondition Failed"],
  [413, "Request Entity Too Large"],
  [414, "Request-URI Too Long"],
  [415, "Unsupported Media Type"],
  [416, "Invalid Parameter"],
  [451, "Parameter Not Understood"],
  [452, "Illegal Conference Identifier"],
  [453, "Not Enough Bandwidth"],
  [454, "Session Not Found"],
  [455, "Method Not Valid in This State"],
  [456, "Header Field Not Valid for Resource"],
  [457, "Invalid Range"],
  [458, "Parameter Is Read-Only"],
  [459, "Aggregate Operation Not Allowed"],
  [460, "Only Aggregate Operation Allowed"],
  [461, "Unsupported Transport"],
  [462, "Destination Unreachable"],
  [463, "Destination Prohibited"],
  [464, "Data Transport Not Ready Yet"],
  [465, "Notification Reason Unknown"],
  [466, "Key Management Error"],
  [470, "Connection Authorization Required"],
  [471, "Connection Credentials Not Accepted"],
  [472, "Failure to Establish Secure Connection"],
  [500, "Internal Server Error"],
  [501, "Not Implemented"],
  [502, "Bad Gateway"],
  [503, "Service Unavailable"],
  [504, "Gateway Timeout"],
  [505, "RTSP Version Not Supported"],
  [551, "Option Not Supported"],
  [553, "Proxy Unavailable"],
]);

/** The words for a status, or those of its class for one that the RFCs do not list. */
export function reasonPhrase(status: number): string {
  return REASONS.get(status) ?? REASONS.get(Math.floor(status / 100) * 100) ?? "Unknown";
}

/** `404 Not Found`, with the server's words, which may stand in a line of their own, or the RFC's. */
export function statusWords({ status, reason, wire }: RtspResponse): string {
  return `${status} ${reason.trim() || wire.oddLines[0]?.trim() || reasonPhrase(status)}`;
}
