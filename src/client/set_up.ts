/**
 * Setting up in the dialect that the server understands, and giving up when told to.
 *
 * @module
 */

import { type Conversation, ConversationError } from "./conversation.ts";

/** Dialects and transports are tried this often. */
const MAX_ATTEMPTS = 4;

/** What {@linkcode setUpSomehow} needs. */
export interface SetUpPlan {
  /** What is tried first. */
  readonly first: Conversation;
  /** Aborted when nobody wants the session any more. */
  readonly signal: AbortSignal;
  /** What may do better than all that failed; undefined when the last one's error is the answer. */
  next(failed: readonly Conversation[], error: unknown): Conversation | undefined;
  /** Told what is being tried. */
  trying(conversation: Conversation | undefined): void;
}

/**
 * Sets up with the first conversation that can.
 *
 * @throws {Error} What the last one said.
 */
export async function setUpSomehow(plan: SetUpPlan): Promise<void> {
  const { signal, trying } = plan;
  const failed: Conversation[] = [];
  for (let conversation = plan.first;;) {
    trying(conversation);
    const hangUp = (): void => {
      // A session that has begun is torn down in good form.
      if (!conversation.hasSession) conversation.close();
    };
    signal.addEventListener("abort", hangUp);
    try {
      await conversation.setUp();
      if (signal.aborted) {
        await conversation.tearDown().catch(() => {});
        throw stopped();
      }
      return;
    } catch (error) {
      if (conversation.hasSession) await conversation.tearDown().catch(() => {});
      conversation.close();
      failed.push(conversation);
      const next = failed.length < MAX_ATTEMPTS && !signal.aborted
        ? plan.next(failed, error)
        : undefined;
      if (next === undefined) {
        trying(undefined);
        throw signal.aborted ? stopped() : error;
      }
      conversation = next;
    } finally {
      signal.removeEventListener("abort", hangUp);
    }
  }
}

function stopped(): ConversationError {
  return new ConversationError("stopped before the server had answered");
}
