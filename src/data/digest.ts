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

/** Bytes as hexadecimal digits, two each. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
