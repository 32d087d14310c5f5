/**
 * Scores of unlinked pairs by paths of length three, as the authors' code has them: every path is walked, and every degree
 * counted by hand, in float64.
 *
 * @module
 */

/** How much a node counts of its degree, its links inside the community, and those outside. */
const PRODUCTS: Readonly<Record<string, (d: number, inside: number, outside: number) => number>> = {
  CH3: (_, __, outside) => 1 / (1 + outside),
  CH2: (_, inside, outside) => (1 + inside) / (1 + outside),
  RA: (degree) => 1 / degree,
};

/** `scores[row][input]` of a bipartite graph; 0 where they are linked or have no path. */
export function pathScores(linked: readonly boolean[][], score: string): number[][] {
  const rows = linked.length, inputs = linked[0].length;
  const all = (length: number) => Array.from({ length }, (_, i) => i);
  return all(rows).map((r) =>
    all(inputs).map((i) => {
      if (linked[r][i]) return 0;
      const paths = all(inputs).filter((j) => linked[r][j]).flatMap((j) =>
        all(rows).filter((s) => linked[s][j] && linked[s][i]).map((s) => ({ j, s }))
      );
      const ofInput = (j: number): number => {
        const neighbours = all(rows).filter((s) => linked[s][j]);
        const inside = neighbours.filter((s) => paths.some((path) => path.s === s && path.j === j));
        // What leads to the row of the pair is neither inside nor outside.
        const outside = neighbours.length - inside.length -
          neighbours.filter((s) => s === r).length;
        return PRODUCTS[score](neighbours.length, inside.length, outside);
      };
      const ofRow = (s: number): number => {
        const neighbours = all(inputs).filter((j) => linked[s][j]);
        const inside = neighbours.filter((j) => paths.some((path) => path.s === s && path.j === j));
        const outside = neighbours.length - inside.length -
          neighbours.filter((j) => j === i).length;
        return PRODUCTS[score](neighbours.length, inside.length, outside);
      };
      return paths.reduce((sum, { j, s }) => sum + Math.sqrt(ofInput(j) * ofRow(s)), 0);
    })
  );
}
