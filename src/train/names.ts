/**
 * Names that people see: no two layers of a model have the same, whatever their makers called them.
 *
 * @module
 */

/** What a label of a weight ends with. */
const WEIGHT = ".weight";

/** Names of which none is there twice: those that come again get a number. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let count = 2; seen.has(unique); count++) {
      const next = `${name}.${count}`;
      if (!taken.has(next)) unique = next;
    }
    seen.add(unique);
    return unique;
  });
}

/** The name of a layer by the label of its weight: `layer0` of `layer0.weight`. */
export function layerOf(label: string): string {
  return label.endsWith(WEIGHT) ? label.slice(0, -WEIGHT.length) : label;
}

/** Labels of weights of which none is there twice: those of layers with {@linkcode uniqueNames}. */
export function uniqueLabels(labels: readonly string[]): string[] {
  const names = uniqueNames(labels.map(layerOf));
  return labels.map((label, i) => label.endsWith(WEIGHT) ? `${names[i]}${WEIGHT}` : names[i]);
}
