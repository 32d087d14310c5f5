/**
 * The usual way to select in JavaScript: quickselect over a typed array, in place.
 *
 * @module
 */

/** The number that would be at `k` if `a` were sorted upwards (Hoare's way, median of three). `a` is reordered. */
export function quickselect(a: Float32Array, k: number): number {
  let [left, right] = [0, a.length - 1];
  while (left < right) {
    const pivot = middle(a[left], a[(left + right) >> 1], a[right]);
    let [i, j] = [left, right];
    while (i <= j) {
      while (a[i] < pivot) i++;
      while (a[j] > pivot) j--;
      if (i <= j) {
        const swapped = a[i];
        a[i] = a[j];
        a[j] = swapped;
        i++;
        j--;
      }
    }
    if (k <= j) right = j;
    else if (k >= i) left = i;
    else break;
  }
  return a[k];
}

function middle(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
