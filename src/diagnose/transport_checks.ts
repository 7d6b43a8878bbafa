/**
 * What can be wrong with a Transport header.
 *
 * @module
 */

import { visible } from "../bytes/text.ts";
import { parseTransports, type Transport } from "../rtsp/transport.ts";
import type { Report } from "./rtsp_message_checks.ts";
import type { Dialect } from "./rule.ts";

/** RFC 3711 and RFC 5124: not looked into, and no mistake. */
const SECURED = /^RTP\/SAVPF?(?:\/(?:UDP|TCP))?$/i;

/** The dialect that a Transport header decides on; undefined when it names nothing known. */
export function dialectOf(header: string): Dialect | undefined {
  for (const { kind } of parseTransports(header)) {
    if (kind === "rtp-avp") return "standard";
    if (kind === "lab-rtp") return "lab";
    if (kind === "labelled-udp") return "audio-lab";
  }
  return undefined;
}

/** Checks the Transport of a SETUP request. */
export function checkRequestedTransport(header: string, report: Report): void {
  const seen = `Transport: ${visible(header, 160)}`;
  const transports = parseTransports(header);
  checkForm(header, seen, report);
  const transport = transports[0];
  if (transport !== undefined && SECURED.test(transport.specifier)) return;
  if (transport === undefined || transport.kind === "other") {
    report("rtsp-transport-unknown", seen);
    return;
  }
  if (transport.kind === "lab-rtp") report("rtsp-transport-lab", seen);
  if (transport.lower === "tcp" || transport.cast === "multicast") return;
  if (transport.cast === undefined && transport.kind === "rtp-avp") {
    report("rtsp-transport-no-unicast", seen);
  }
  const port = transport.clientPort;
  if (port === undefined) {
    const named = transport.parameters.has("client_port") || transport.parameters.has("dest_addr");
    report(named ? "rtsp-transport-port-malformed" : "rtsp-transport-no-client-port", seen);
    return;
  }
  if (port.first === 0 || !(transport.addressed || isWellWritten(header))) {
    report("rtsp-transport-port-malformed", seen);
  }
  if (port.first % 2 === 1) report("rtsp-transport-odd-port", seen);
  if (port.second === undefined && !transport.addressed) {
    report("rtsp-transport-single-port", seen);
  }
}

/** Whether the ports are written as the RFC has them, but for spaces. */
function isWellWritten(header: string): boolean {
  const ports = /;\s*client_port(.*?)(?:[;,]|$)/i.exec(header)?.[1];
  if (ports === undefined) return false;
  const numbers = /^\s*=\s*(\d+)(?:\s*-\s*(\d+))?\s*$/.exec(ports);
  return numbers !== null && Number(numbers[2] ?? 0) <= 0xffff;
}

/** Checks the Transport of a reply against that of its request. */
export function checkChosenTransport(
  header: string,
  requested: string | undefined,
  report: Report,
): void {
  const seen = `Transport: ${visible(header, 160)}`;
  checkForm(header, seen, report);
  const transport = parseTransports(header)[0];
  if (transport !== undefined && SECURED.test(transport.specifier)) return;
  if (transport === undefined || transport.kind === "other") {
    report("rtsp-transport-unknown", seen);
    return;
  }
  if (transport.lower === "tcp" || transport.cast === "multicast") return;
  if (transport.kind === "rtp-avp" && transport.serverPort === undefined) {
    report("rtsp-transport-no-server-port", seen);
  }
  const asked = parseTransports(requested ?? "").find((other) => other.lower === "udp");
  if (differ(asked, transport)) {
    report("rtsp-transport-client-port-changed", `${seen} for ${visible(requested ?? "", 160)}`);
  }
}

function differ(asked: Transport | undefined, chosen: Transport): boolean {
  const wanted = asked?.clientPort;
  const given = chosen.clientPort;
  return wanted !== undefined && given !== undefined && wanted.first !== given.first;
}

function checkForm(header: string, seen: string, report: Report): void {
  if (/\w\s*=\s+\S|\w\s+=/.test(header)) report("rtsp-transport-space", seen);
  if ((header.split('"').length - 1) % 2 === 1) report("rtsp-transport-quote", seen);
}
