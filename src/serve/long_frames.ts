/**
 * A word to the operator about pictures that lab clients cannot take.
 *
 * @module
 */

import type { AudioTrack, VideoTrack } from "../media/presentation.ts";
import { MAX_WHOLE_JPEG_BYTES, STOCK_CLIENT_BYTES } from "../payload/whole_jpeg.ts";
import type { ServerContext } from "./context.ts";

/** Warns when a lab client is about to get frames that its one read cannot hold. */
export function warnOfLongFrames(
  context: Pick<ServerContext, "notice">,
  name: string,
  media: VideoTrack | AudioTrack,
): void {
  if (media.kind !== "video" || media.maxFrameBytes <= STOCK_CLIENT_BYTES) return;
  const frames = `${name} has frames of up to ${media.maxFrameBytes} bytes`;
  const limit = `the stock lab client reads ${STOCK_CLIENT_BYTES} bytes of a frame at most`;
  context.notice(
    media.maxFrameBytes > MAX_WHOLE_JPEG_BYTES
      ? `${frames}: those above ${MAX_WHOLE_JPEG_BYTES} do not fit a datagram and go in several, ` +
        `and ${limit}. Make the pictures smaller`
      : `${frames}, and ${limit}: it will show longer ones damaged. Make the pictures smaller`,
  );
}
