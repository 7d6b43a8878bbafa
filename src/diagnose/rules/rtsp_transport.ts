/**
 * Rules about the Transport header.
 *
 * @module
 */

import type { RuleTable } from "../rule.ts";

/** Names of these rules. */
export type RtspTransportRule =
  | "rtsp-transport-missing"
  | "rtsp-transport-missing-reply"
  | "rtsp-transport-lab"
  | "rtsp-transport-unknown"
  | "rtsp-transport-space"
  | "rtsp-transport-quote"
  | "rtsp-transport-no-client-port"
  | "rtsp-transport-port-malformed"
  | "rtsp-transport-odd-port"
  | "rtsp-transport-single-port"
  | "rtsp-transport-no-unicast"
  | "rtsp-transport-no-server-port"
  | "rtsp-transport-client-port-changed";

const TRANSPORT = "RFC 2326 section 12.39";

/** The rules. */
export const RTSP_TRANSPORT_RULES: RuleTable<RtspTransportRule> = {
  "rtsp-transport-missing": {
    severity: "error",
    message: "SETUP does not say how the data should come.",
    expected: "Transport: RTP/AVP;unicast;client_port=25000-25001",
    reference: "RFC 2326 section 10.4",
    remedy: "Send Transport with SETUP.",
    in: { lab: { expected: "Transport: RTP/UDP; client_port= 25000", severity: "warning" } },
  },
  "rtsp-transport-missing-reply": {
    severity: "error",
    message: "The reply to SETUP does not say how the data will come.",
    expected: "Transport: the one chosen, with server_port",
    reference: "RFC 2326 section 10.4",
    remedy: "Send the chosen Transport back, completed with the server's ports.",
    in: { "lab": { severity: "off" } },
  },
  "rtsp-transport-lab": {
    severity: "note",
    message: "RTP/UDP and RTP/TCP are the labs' names; the RFC's are RTP/AVP and RTP/AVP/TCP.",
    expected: "RTP/UDP or RTP/TCP in the lab, RTP/AVP or RTP/AVP/TCP everywhere else",
    reference: `The lab's example exchange; ${TRANSPORT}`,
    remedy: "Nothing to mend in the lab; for other servers, RTP/AVP;unicast;client_port=N-M.",
  },
  "rtsp-transport-unknown": {
    severity: "error",
    message: "There is no such transport.",
    expected: "RTP/AVP, RTP/AVP/UDP or RTP/AVP/TCP",
    reference: TRANSPORT,
    remedy: "Write RTP/AVP for datagrams, RTP/AVP/TCP for the control connection.",
  },
  "rtsp-transport-space": {
    severity: "error",
    message: "A parameter of Transport has a space at its equals sign.",
    expected: "client_port=25000-25001",
    reference: TRANSPORT,
    remedy: "Leave the space out.",
    in: {
      lab: {
        severity: "note",
        message: "Behind client_port= stands a space, as the lab writes it.",
        reference: `The lab's example exchange; ${TRANSPORT}`,
        remedy: "Nothing to mend in the lab, whose server needs it; elsewhere leave it out.",
      },
    },
  },
  "rtsp-transport-quote": {
    severity: "error",
    message: "A quotation mark in Transport is never closed.",
    expected: 'dest_addr=":25001"',
    reference: "RFC 7826 section 18.54",
    remedy: "Close the quotation mark.",
  },
  "rtsp-transport-no-client-port": {
    severity: "error",
    message: "Transport names no port for the data.",
    expected: "client_port=25000-25001 (RTSP 2.0: dest_addr)",
    reference: TRANSPORT,
    remedy: "Name the UDP port that the client has opened.",
  },
  "rtsp-transport-port-malformed": {
    severity: "error",
    message: "The port in Transport is malformed; a server may not find it.",
    expected: "client_port=, then a number from 1 to 65535, or two with a hyphen between",
    reference: TRANSPORT,
    remedy: "Write client_port=25000-25001.",
  },
  "rtsp-transport-odd-port": {
    severity: "warning",
    message: "The RTP port is odd.",
    expected: "an even port for RTP, the next one for RTCP",
    reference: "RFC 3550 section 11",
    remedy: "Use an even port; some programs take the even one of the pair whatever is asked.",
    in: { "lab": { severity: "note" }, "audio-lab": { severity: "off" } },
  },
  "rtsp-transport-single-port": {
    severity: "note",
    message: "Only one port is named, so there is none for RTCP.",
    expected: "client_port=25000-25001",
    reference: `${TRANSPORT}; RFC 3550 section 11`,
    remedy: "Name two ports: RTP and RTCP.",
    in: { "lab": { severity: "off" }, "audio-lab": { severity: "off" } },
  },
  "rtsp-transport-no-unicast": {
    severity: "warning",
    message: "Transport does not say unicast, and without it multicast is meant.",
    expected: "RTP/AVP;unicast;client_port=…",
    reference: TRANSPORT,
    remedy: "Add ;unicast.",
    in: { "lab": { severity: "off" } },
  },
  "rtsp-transport-no-server-port": {
    severity: "warning",
    message: "The reply does not name the server's ports, so the client has nowhere to report to.",
    expected: "server_port=N-M",
    reference: TRANSPORT,
    remedy: "Add server_port to the Transport of the reply.",
    in: { "lab": { severity: "off" } },
  },
  "rtsp-transport-client-port-changed": {
    severity: "error",
    message: "The reply's client_port is not the one that was asked for.",
    expected: "the request's client_port",
    reference: TRANSPORT,
    remedy: "Copy client_port from the request.",
  },
};
