/**
 * What Deno's sockets leave to the system's own calls: 64-bit Linux with the GNU C library. Elsewhere,
 * and without permission, nothing here does anything.
 *
 * @module
 */

/** The C library. */
export const LIBC = "libc.so.6";

const SOL_SOCKET = 1;
const SO_RCVBUF = 8;

const SYMBOLS = {
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
} as const;

/** Whether the system's structures and numbers are those that are written here. */
export function isKnownSystem(): boolean {
  return Deno.build.os === "linux" && ["x86_64", "aarch64"].includes(Deno.build.arch);
}

/** The file descriptor of this process's UDP socket that is bound to a port, by way of its inode. */
export function findSocket(family: "ipv4" | "ipv6", port: number): number | undefined {
  const table = Deno.readTextFileSync(`/proc/self/net/${family === "ipv6" ? "udp6" : "udp"}`);
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const links = new Set(
    table.split("\n").map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[1]?.endsWith(local))
      .map((fields) => `socket:[${fields[9]}]`),
  );
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    try {
      if (links.has(Deno.readLinkSync(`/proc/self/fd/${name}`))) return Number(name);
    } catch {
      // The descriptor of the listing itself is gone.
    }
  }
  return undefined;
}

/**
 * Lets the system keep up to `bytes` of datagrams that wait to be read, or as many as its
 * administrator allows (`net.core.rmem_max`). False where that could not be asked for.
 */
export function growReceiveBuffer(
  family: "ipv4" | "ipv6",
  port: number,
  bytes: number,
): boolean {
  if (!isKnownSystem()) return false;
  try {
    const socket = findSocket(family, port);
    if (socket === undefined) return false;
    const library = Deno.dlopen(LIBC, SYMBOLS);
    const value = new Uint8Array(Int32Array.of(bytes).buffer);
    const result = library.symbols.setsockopt(socket, SOL_SOCKET, SO_RCVBUF, value, value.length);
    library.close();
    return result === 0;
  } catch {
    // No permission, or another C library: the buffer stays as it is.
    return false;
  }
}
