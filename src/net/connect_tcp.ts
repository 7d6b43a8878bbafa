/**
 * Connecting to a server, for no longer than somebody wants it.
 *
 * @module
 */

/** When a connection is given up. */
export interface ConnectLimits {
  /** Longest wait in ms. */
  readonly timeoutMs: number;
  /** Nobody wants it any more. */
  readonly signal?: AbortSignal;
}

/**
 * Connects to a server.
 *
 * @throws {Error} When it cannot be reached in time, or the signal says no.
 */
export async function connectTcp(
  { hostname, port }: { readonly hostname: string; readonly port: number },
  { timeoutMs, signal }: ConnectLimits,
): Promise<Deno.TcpConn> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  const signals = [timeout.signal, ...(signal === undefined ? [] : [signal])];
  try {
    const conn = await Deno.connect({ hostname, port, signal: AbortSignal.any(signals) });
    conn.setNoDelay(true);
    return conn;
  } catch (error) {
    if (!timeout.signal.aborted) throw error;
    throw new Error(`no answer in ${timeoutMs / 1000} s`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
