/**
 * Digests of bytes, as text.
 *
 * @module
 */

/** SHA-256 of bytes: 64 hexadecimal digits. */
export async function sha256(bytes: Uint8Array<ArrayBufferLike>): Promise<string> {
  // A view of shared memory is not taken.
  const own = bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    : bytes.slice();
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", own)));
}

/** Bytes that are hashed at a time where there may be many, so that no copy of all of them is made. */
export const DIGEST_PIECE: number = 1 << 24;

/** SHA-256 of each piece of {@linkcode DIGEST_PIECE} bytes of an array. */
export async function pieceDigests(
  { buffer, byteOffset, byteLength }: ArrayBufferView<ArrayBuffer>,
): Promise<string[]> {
  const digests: string[] = [];
  for (let at = 0; at < byteLength; at += DIGEST_PIECE) {
    const length = Math.min(DIGEST_PIECE, byteLength - at);
    digests.push(await sha256(new Uint8Array(buffer, byteOffset + at, length)));
  }
  return digests;
}

/** Bytes as hexadecimal digits, two each. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
