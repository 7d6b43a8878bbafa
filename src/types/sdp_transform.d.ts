// Types of what Reel uses of sdp-transform, which carries none.

declare module "sdp-transform" {
  interface RtpMap {
    payload: number;
    codec: string;
    rate?: number;
    encoding?: number | string;
  }
  interface MediaDescription {
    type: string;
    port: number;
    protocol: string;
    payloads?: string;
    rtp: RtpMap[];
    fmtp: { payload: number; config: string }[];
    control?: string;
    framerate?: number | string;
    invalid?: { value: string }[];
  }
  interface SessionDescription {
    version?: number;
    origin?: {
      username: string;
      sessionId: number | string;
      sessionVersion: number;
      netType: string;
      ipVer: number;
      address: string;
    };
    name?: string;
    connection?: { version: number; ip: string };
    timing?: { start: number; stop: number };
    invalid?: { value: string }[];
    media: MediaDescription[];
  }
  const sdpTransform: {
    parse(sdp: string): SessionDescription;
    write(session: SessionDescription): string;
  };
  export default sdpTransform;
  export type { MediaDescription, RtpMap, SessionDescription };
}
