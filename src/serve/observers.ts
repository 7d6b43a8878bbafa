/**
 * Several observers as one.
 *
 * @module
 */

import type { ServerObserver } from "./server.ts";

/** An observer that tells each of `observers`; what none of them wants to see costs nothing. */
export function combineObservers(
  observers: readonly Partial<ServerObserver>[],
): Partial<ServerObserver> {
  const names = new Set(observers.flatMap((observer) => Object.keys(observer)));
  const combined: Record<string, (...event: unknown[]) => void> = {};
  for (const name of names) {
    const listeners = observers.flatMap((observer) => {
      const listener = observer[name as keyof ServerObserver];
      return listener === undefined ? [] : [listener as (...event: unknown[]) => void];
    });
    combined[name] = (...event) => {
      for (const listener of listeners) listener(...event);
    };
  }
  return combined as Partial<ServerObserver>;
}
