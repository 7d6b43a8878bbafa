/**
 * The one track that a lab server can have: whole pictures in datagrams.
 *
 * @module
 */

import type { TrackInfo } from "./player.ts";

/** What is known of it without a description: the labs' payload type, and the clock it should have. */
export const LAB_TRACK: TrackInfo = {
  index: 0,
  kind: "video",
  payloadType: 26,
  encodingName: "lab JPEG",
  clockRate: 90_000,
  playable: true,
};
