/**
 * IP addresses as text (RFC 5952).
 *
 * @module
 */

/** An IPv4 or IPv6 address of 4 or 16 bytes. */
export function formatAddress(address: Uint8Array): string {
  return address.length === 4 ? address.join(".") : formatIpv6(address);
}

function formatIpv6(address: Uint8Array): string {
  const groups = Array.from(
    { length: 8 },
    (_, i) => (address[2 * i]! << 8) | address[2 * i + 1]!,
  );
  // ::ffff:192.0.2.1 keeps its dots.
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${address.subarray(12).join(".")}`;
  }
  const [start, length] = longestZeros(groups);
  // So does ::192.0.2.1, as inet_ntop has it.
  if (start === 0 && length === 6) return `::${address.subarray(12).join(".")}`;
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(":");
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

/** The first longest run of zero groups. */
function longestZeros(groups: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  for (let i = 0; i < groups.length;) {
    let end = i;
    while (end < groups.length && groups[end] === 0) end++;
    if (end - i > best[1]) best = [i, end - i];
    i = Math.max(end, i + 1);
  }
  return best;
}
