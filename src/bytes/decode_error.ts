/**
 * Bytes that cannot be what they claim to be. Incomplete input is never this error: a parser that
 * needs more bytes says so by its state.
 *
 * @module
 */

/** Malformed bytes of a protocol, with the place where they stop making sense. */
export class DecodeError extends SyntaxError {
  /** The name of the protocol or format, as its users write it ("RTP", "RTSP", "pcapng"). */
  readonly protocol: string;
  /** Offset in bytes of the first wrong byte, from the start of what was decoded. */
  readonly offset: number;

  /** `message` says what is wrong, without a full stop: "version is 0, expected 2". */
  constructor(protocol: string, offset: number, message: string) {
    super(`Cannot decode ${protocol} at byte ${offset}: ${message}`);
    this.name = "DecodeError";
    this.protocol = protocol;
    this.offset = offset;
  }
}
