/**
 * Icons: pictures of the same things by many hands, out of the open icon sets that npm `@iconify/json` holds. What an icon shows
 * is its name without words of style; what is tested with are whole families of sets, of which nothing is trained with.
 *
 * @module
 */
import { writeAtomically } from "../../runtime/atomic_files.ts";
import { drawerOfIcons, packageFolder } from "../deps.ts";
import { requireFreeNames } from "../free_names.ts";

/** The npm package of the sets; another version has other icons. */
export const ICON_PACKAGE = "@iconify/json@2.2.535";

/** What of its icons is chosen. */
const EXPECTED = { icons: 41_691, classes: 335 } as const;

/** Pixels of a side of a picture. */
export const ICON_SIZE = 32;

/** Families that have to draw a thing, so that it is a class. */
const LEAST_FAMILIES = 30;

/** Every so many families one is for testing. */
const TEST = 5;

/** Categories of sets that draw other things than the others do. */
const OTHERS = ["Logos", "Emoji", "Flags / Maps"];

/** Words that say how something is drawn, not what. */
const STYLE = new Set(
  ("outline outlined line linear lined fill filled solid bold light thin regular duotone twotone two tone sharp rounded round " +
    "broken bulk alt o l s f i ios md thick black color colored mini micro small large sm lg xl xs new logo")
    .split(" "),
);

/** What a set says of itself, as far as it is read. */
interface SetInfo {
  readonly category?: string;
  readonly license: { readonly spdx?: string };
}

/** An icon as a set writes it. */
interface WrittenIcon {
  readonly body: string;
  readonly left?: number;
  readonly top?: number;
  readonly width?: number;
  readonly height?: number;
  readonly hidden?: boolean;
}

/** A set: its icons by name, and what they have where they do not say it. */
export interface IconSet extends Omit<WrittenIcon, "body" | "hidden"> {
  readonly icons: Readonly<Record<string, WrittenIcon>>;
}

/** An icon that becomes an example. */
export interface ChosenIcon {
  /** What it shows. */
  readonly name: string;
  /** Who drew it. */
  readonly family: string;
  /** The picture as SVG, of {@linkcode ICON_SIZE} pixels a side. */
  readonly svg: string;
}

/** Pictures and what they show. */
export interface IconPart {
  /** `[examples, 32, 32]`: how dark a pixel is, from 0 to 255. */
  readonly features: Uint8Array;
  /** `[examples]`: places in the names of the classes. */
  readonly labels: Uint16Array;
}

/** All pictures. */
export interface Icons {
  /** What the classes are called, in the order of their numbers. */
  readonly classNames: readonly string[];
  /** To train with. */
  readonly train: IconPart;
  /** To test with: of other families. */
  readonly test: IconPart;
}

/**
 * What an icon shows: its name without words of style and sizes; empty if nothing else is in it.
 *
 * @example
 * ```ts
 * import { subjectOf } from "./icons.ts";
 *
 * console.assert(subjectOf("arrow-left-bold-24") === "arrow-left" && subjectOf("24-outline") === "");
 * ```
 */
export function subjectOf(name: string): string {
  return name.toLowerCase().split(/[-_]+/)
    .filter((word) => word !== "" && !STYLE.has(word) && !/^\d+(?:px|x\d+)?$/.test(word))
    .join("-");
}

/** Who drew a set: `fa6` and `fa6-solid` are not of one family, `fluent` and `fluent-mdl2` are. */
export function familyOf(set: string): string {
  return set.split("-", 1)[0];
}

/** Whether a family is for testing: by its name alone (FNV-1a, its high half mixed into the low one). */
export function isTested(family: string): boolean {
  let bits = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(family)) {
    bits = Math.imul(bits ^ byte, 0x01000193);
  }
  return ((bits ^ bits >>> 16) >>> 0) % TEST === 0;
}

/**
 * The icons whose subject is drawn by many families, set by set.
 *
 * @param sets By name.
 * @param least Families that have to draw a subject.
 */
export function choose(
  sets: ReadonlyMap<string, IconSet>,
  least: number = LEAST_FAMILIES,
): ChosenIcon[] {
  const families = new Map<string, Set<string>>();
  for (const [set, { icons }] of sets) {
    for (const [written, { hidden = false }] of Object.entries(icons)) {
      const name = subjectOf(written);
      if (hidden || name === "") continue;
      const known = families.get(name) ?? new Set();
      families.set(name, known.add(familyOf(set)));
    }
  }
  return [...sets].flatMap(([set, of]) =>
    Object.entries(of.icons).flatMap(([written, icon]): ChosenIcon[] => {
      const name = subjectOf(written);
      if (icon.hidden === true || (families.get(name)?.size ?? 0) < least) return [];
      return [{ name, family: familyOf(set), svg: svgOf(icon, of) }];
    })
  );
}

/** An icon as a picture of its own: in the middle, as large as it can be. */
function svgOf(icon: WrittenIcon, set: IconSet): string {
  const { left = 0, top = 0, width = 16, height = 16 } = { ...sizesOf(set), ...sizesOf(icon) };
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${left} ${top} ${width} ${height}" ` +
    `width="${ICON_SIZE}" height="${ICON_SIZE}" color="#000">${icon.body}</svg>`;
}

function sizesOf({ left, top, width, height }: Omit<WrittenIcon, "body">) {
  return {
    ...(left === undefined ? {} : { left }),
    ...(top === undefined ? {} : { top }),
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
  };
}

/**
 * Draws icons. Of pictures of one class that are alike to the last pixel the first one is kept, and an empty one is not.
 *
 * @param draw What makes the pixels of an SVG: red, green, blue and alpha each, upon white.
 */
export function drawIcons(
  chosen: readonly ChosenIcon[],
  draw: (svg: string) => Uint8Array,
): Icons {
  const classNames = [...new Set(chosen.map(({ name }) => name))].sort();
  const numbers = new Map(classNames.map((name, i) => [name, i]));
  const seen = new Set<string>();
  const parts = { train: [] as Drawn[], test: [] as Drawn[] };
  for (const { name, family, svg } of chosen) {
    const pixels = inkOf(draw(svg));
    const key = `${name} ${pixels.join()}`;
    if (seen.has(key) || pixels.every((ink) => ink === 0)) continue;
    seen.add(key);
    parts[isTested(family) ? "test" : "train"].push({ pixels, label: numbers.get(name) ?? 0 });
  }
  return { classNames, train: partOf(parts.train), test: partOf(parts.test) };
}

/** A picture with its class. */
interface Drawn {
  readonly pixels: Uint8Array;
  readonly label: number;
}

function partOf(drawn: readonly Drawn[]): IconPart {
  const features = new Uint8Array(drawn.length * ICON_SIZE ** 2);
  drawn.forEach(({ pixels }, i) => features.set(pixels, i * ICON_SIZE ** 2));
  return { features, labels: Uint16Array.from(drawn, ({ label }) => label) };
}

/** How dark each pixel is, by the weights of Rec. 601, in whole numbers. */
function inkOf(pixels: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: pixels.length / 4 }, (_, i) => {
    const [red, green, blue] = pixels.subarray(4 * i, 4 * i + 3);
    return 255 - Math.round((299 * red + 587 * green + 114 * blue) / 1000);
  });
}

/**
 * Reads the sets of the package that are free to use, but for those of logos, emoji and flags.
 *
 * @param folder Of the package.
 */
export async function readSets(folder: URL): Promise<Map<string, IconSet>> {
  const infos: Record<string, SetInfo> = JSON.parse(
    await Deno.readTextFile(new URL("collections.json", folder)),
  );
  const sets = new Map<string, IconSet>();
  for (const [name, { category = "", license: { spdx = "" } }] of Object.entries(infos)) {
    if (OTHERS.includes(category) || /-NC\b/.test(spdx)) continue;
    sets.set(name, JSON.parse(await Deno.readTextFile(new URL(`json/${name}.json`, folder))));
  }
  return sets;
}

/** What the package gives. */
export interface IconCounts {
  readonly classes: number;
  readonly train: number;
  readonly test: number;
}

/**
 * Draws the icons of the package and writes them as a folder of IDX files, with the names of the classes beside them.
 *
 * @param folder Is made.
 * @param said Told what is done.
 * @throws {ValidationError} if the folder has a file that would be written, or what is needed may not be done.
 */
export async function prepareIcons(
  folder: string,
  said: (line: string) => void,
): Promise<IconCounts> {
  said(`fetching ${ICON_PACKAGE} (465 MB)`);
  const chosen = choose(await readSets(await packageFolder(ICON_PACKAGE, "./")));
  const classes = new Set(chosen.map(({ name }) => name)).size;
  if (chosen.length !== EXPECTED.icons || classes !== EXPECTED.classes) {
    throw new Error(
      `Cannot prepare icons: ${ICON_PACKAGE} has ${chosen.length} icons of ${classes} classes; ` +
        `expected ${EXPECTED.icons} of ${EXPECTED.classes}`,
    );
  }
  said(`drawing ${chosen.length} icons`);
  const icons = drawIcons(chosen, await drawerOfIcons());
  await writeIcons(folder, icons);
  const { train, test } = icons;
  return { classes, train: train.labels.length, test: test.labels.length };
}

/** Writes pictures as a folder of IDX files. */
export async function writeIcons(
  folder: string,
  { classNames, ...parts }: Icons,
): Promise<void> {
  const files: Record<string, Uint8Array | string> = {
    "classes.json": JSON.stringify(classNames),
  };
  for (const [part, { features, labels }] of Object.entries(parts)) {
    const examples = labels.length;
    files[`${part}-features.idx`] = idx(0x08, [examples, ICON_SIZE, ICON_SIZE], features);
    const classes = new Uint8Array(2 * examples);
    const view = new DataView(classes.buffer);
    labels.forEach((label, i) => view.setInt16(2 * i, label));
    files[`${part}-labels.idx`] = idx(0x0b, [examples], classes);
  }
  await requireFreeNames("prepare icons in", folder, Object.keys(files));
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    await writeAtomically(`${folder}/${name}`, content, "icons");
  }
}

/** An IDX file: its type, its sizes and its bytes. */
function idx(type: number, sizes: readonly number[], bytes: Uint8Array): Uint8Array {
  const file = new Uint8Array(4 + 4 * sizes.length + bytes.length);
  const view = new DataView(file.buffer);
  file.set([0, 0, type, sizes.length]);
  sizes.forEach((size, i) => view.setUint32(4 + 4 * i, size));
  file.set(bytes, 4 + 4 * sizes.length);
  return file;
}
