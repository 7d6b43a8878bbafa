/**
 * All rules by name.
 *
 * @module
 */

import type { RuleTable } from "../rule.ts";
import { RTCP_RULES, type RtcpRule } from "./rtcp.ts";
import { RTP_HEADER_RULES, type RtpHeaderRule } from "./rtp_header.ts";
import { RTP_PAYLOAD_RULES, type RtpPayloadRule } from "./rtp_payload.ts";
import { RTP_SEQUENCE_RULES, type RtpSequenceRule } from "./rtp_sequence.ts";
import { RTP_TIMING_RULES, type RtpTimingRule } from "./rtp_timing.ts";
import { RTSP_EXCHANGE_RULES, type RtspExchangeRule } from "./rtsp_exchange.ts";
import { RTSP_SYNTAX_RULES, type RtspSyntaxRule } from "./rtsp_syntax.ts";
import { RTSP_TRANSPORT_RULES, type RtspTransportRule } from "./rtsp_transport.ts";
import { SDP_RULES, type SdpRule } from "./sdp.ts";

/** The name of a rule. Names are stable: programs may look for them in `--json`. */
export type RuleId =
  | RtspSyntaxRule
  | RtspExchangeRule
  | RtspTransportRule
  | SdpRule
  | RtpHeaderRule
  | RtpSequenceRule
  | RtpTimingRule
  | RtpPayloadRule
  | RtcpRule;

/** Every rule there is. */
export const RULES: RuleTable<RuleId> = {
  ...RTSP_SYNTAX_RULES,
  ...RTSP_EXCHANGE_RULES,
  ...RTSP_TRANSPORT_RULES,
  ...SDP_RULES,
  ...RTP_HEADER_RULES,
  ...RTP_SEQUENCE_RULES,
  ...RTP_TIMING_RULES,
  ...RTP_PAYLOAD_RULES,
  ...RTCP_RULES,
};
