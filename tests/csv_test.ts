/**
 * Comma-separated values, and the tables that they are.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { CsvRecords } from "../src/data/csv.ts";
import type { ClassDataset, TargetDataset } from "../src/data/dataset.ts";
import { DataFormatError } from "../src/data/errors.ts";
import { bytesSource, type DataSource } from "../src/data/files.ts";
import type { TableOptions } from "../src/data/columns.ts";
import { readTable } from "../src/data/table.ts";
import { gzip } from "./idx_files.ts";

function source(text: string): DataSource {
  return bytesSource(new TextEncoder().encode(text), "some.csv");
}

/** Every field of every record. */
async function fieldsOf(text: string): Promise<string[][]> {
  using reader = await source(text).open();
  const records = new CsvRecords(reader, "some.csv");
  const all: string[][] = [];
  while (await records.next()) {
    all.push(Array.from({ length: records.count }, (_, i) => records.text(i)));
  }
  return all;
}

Deno.test("CsvRecords gives back what was written, however it was quoted", async () => {
  const field = fc.oneof(
    fc.string({
      unit: fc.constantFrom("a", "b", ",", '"', "\n", "\r", " ", "\u{e9}", "\u{1d11e}"),
      maxLength: 8,
    }),
    fc.constant("x".repeat(70_000)),
  );
  const table = fc.tuple(
    fc.integer({ min: 2, max: 5 }).chain((count) =>
      fc.array(fc.array(field, { minLength: count, maxLength: count }), {
        minLength: 1,
        maxLength: 5,
      })
    ),
    fc.constantFrom("\n", "\r\n"),
    fc.boolean(),
    fc.boolean(),
    fc.boolean(),
  );
  await fc.assert(fc.asyncProperty(table, async ([rows, end, all, last, mark]) => {
    const text = rows.map((row) =>
      row.map((text) => all || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
        .join()
    ).join(end);
    assert.deepEqual(await fieldsOf((mark ? "\ufeff" : "") + text + (last ? end : "")), rows);
  }));
});

Deno.test("CsvRecords has numbers to the last bit, and none where there is none", async () => {
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.float({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.tuple(fc.constantFrom("", "-", "+"), fc.nat(), fc.nat()).map(([sign, a, b]) =>
      `${sign}${a}.${b}`
    ),
    fc.constantFrom(
      "0",
      "-0",
      "007",
      ".5",
      "5.",
      "1e3",
      "-1E-3",
      "123456789012345678901234567890",
      " 7 ",
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(number, { minLength: 2, maxLength: 6 }), async (texts) => {
      using reader = await source(texts.join()).open();
      const records = new CsvRecords(reader, "f");
      await records.next();
      texts.forEach((text, i) => assert.ok(Object.is(records.number(i), Number(text)), text));
    }),
  );
  const others = [
    "",
    "a",
    "1a",
    "0x10",
    "Infinity",
    "nan",
    "1,5",
    "1 2",
    "--1",
    "1e",
    ".",
    "+",
    "1.2.3",
    "\u0661",
  ];
  for (const text of others) {
    using reader = await source(`"${text}",1`).open();
    const records = new CsvRecords(reader, "f");
    await records.next();
    assert.ok(Number.isNaN(records.number(0)), text);
  }
});

Deno.test("CsvRecords says on which line a record begins, and skips empty lines", async () => {
  using reader = await source('a,b\n\n"1\n2",3\r\n\r\n4,5').open();
  const records = new CsvRecords(reader, "f");
  const lines: number[] = [];
  while (await records.next()) lines.push(records.line);
  assert.deepEqual(lines, [1, 3, 6]);
});

const IRIS = "width,height,kind\n1.5,2,ant\n-0.5,1e1,bee\n3,.25,ant\n";

Deno.test("readTable() reads names of classes, numbered in their order", async () => {
  for (const text of [IRIS, IRIS.replaceAll("\n", "\r\n"), IRIS.split("\n").slice(1).join("\n")]) {
    for (const packed of [false, true]) {
      const bytes = new TextEncoder().encode(text);
      const file = bytesSource(packed ? await gzip(bytes) : bytes, "f");
      const data = await readTable(file) as ClassDataset;
      assert.deepEqual([...data.features], [1.5, 2, -0.5, 10, 3, 0.25]);
      assert.deepEqual([...data.labels], [0, 1, 0]);
      assert.deepEqual([data.examples, data.inputs, data.classes], [3, 2, 2]);
      assert.deepEqual(data.classNames, ["ant", "bee"]);
      assert.deepEqual(
        data.table?.names,
        text.startsWith("w") || text.includes("width") ? ["width", "height", "kind"] : undefined,
      );
      assert.deepEqual([data.table?.count, data.table?.targets], [3, [2]]);
    }
  }
});

const READ: [name: string, text: string, options: TableOptions, found: object][] = [
  ["numbers of classes, in their order", "10,1\n2,1\n1,1\n2.0,3\n", { target: ["1"] }, {
    classNames: ["1", "2", "10"],
    labels: [2, 1, 0, 1],
  }],
  ["numbers to predict", "a,b\n1,0.5\n2,3\n", {}, { targets: [0.5, 3], outputs: 1 }],
  ["whole numbers to predict, if asked", "a,b\n1,5\n2,3\n", { task: "regression" }, {
    targets: [5, 3],
  }],
  ["several numbers to predict", "a,b,c\n1,2,3\n4,5,6\n", { target: ["c", "a"] }, {
    targets: [3, 1, 6, 4],
    features: [2, 5],
  }],
  ["which of several labels apply", "a,b,c\n1,0,1\n4,1,0\n", { target: ["b", "c"] }, {
    targets: [0, 1, 1, 0],
    multiLabel: true,
  }],
  ["shares of labels", "a,b\n1,0.25\n4,1\n", { task: "multi-label" }, {
    targets: [0.25, 1],
    multiLabel: true,
  }],
  [
    "columns that are called by numbers, as pandas calls them",
    "0,1,2,3,4,5,6,7\n1,2,3,4,5,6,7,9\n",
    {},
    { features: [1, 2, 3, 4, 5, 6, 7], labels: [0] },
  ],
  ["a header of numbers, if it is said to be one", "1,2\n3,4\n", { header: true, target: ["1"] }, {
    features: [4],
    classNames: ["3"],
  }],
  ["a class that is called NA, in quotation marks", 'a,b\n1,"NA"\n2,x\n', {}, {
    classNames: ["NA", "x"],
  }],
  ["a first row of names and numbers as a row, where no column says otherwise", "1,x\n2,y\n", {}, {
    examples: 2,
  }],
  ["a header over a column of classes that are numbers", "0,1,label\n5,6,7\n", {}, {
    features: [5, 6],
    classNames: ["7"],
  }],
];

for (const [name, text, options, found] of READ) {
  Deno.test(`readTable() reads ${name}`, async () => {
    const data = await readTable(source(text), options) as ClassDataset & TargetDataset;
    for (const [key, expected] of Object.entries(found)) {
      const value = data[key as keyof typeof data];
      assert.deepEqual(
        ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value,
        expected,
        key,
      );
    }
  });
}

const MANY = Array.from({ length: 40 }, (_, i) => `${i},${1000 + i}`).join("\n");

/** Quantities such as those of scikit-learn's diabetes table: whole numbers, two rows of each. */
const QUANTITIES = Array.from({ length: 100 }, (_, i) => `${i / 7},${25 + i % 50}`).join("\n");

const REFUSED: [
  name: string,
  text: string,
  options: TableOptions,
  line: number,
  message: RegExp,
][] = [
  ["is empty", "", {}, 1, /there are no rows/],
  ["has a header only", "a,b\n", {}, 1, /there are no rows/],
  [
    "has one column",
    "a\n1\n",
    {},
    1,
    /1 column, all to be learnt; expected at least one more, with commas/,
  ],
  ["is separated by semicolons", "a;b\n1;2\n", {}, 1, /with commas between them/],
  [
    "lacks a feature",
    "a,b,c\n1,2,x\n3,,y\n",
    {},
    3,
    /line 3, column "b": the value is missing \(""\); expected a number/,
  ],
  [
    "lacks a feature, as R writes it",
    "a,b,c\n1,NA,x\n",
    { header: true },
    2,
    /column "b": the value is missing \("NA"\)/,
  ],
  [
    "lacks a feature and has no header",
    "1,2,x\n?,3,y\n",
    {},
    2,
    /line 2, column 1: the value is missing/,
  ],
  ["lacks a class", "a,b\n1,x\n2,\n", {}, 3, /line 3, column "b": the value is missing/],
  [
    "lacks a target",
    "a,b\n1,0.5\n2,nan\n",
    { task: "regression" },
    3,
    /line 3, column "b": the value is missing/,
  ],
  [
    "has text for a feature",
    "a,b\n1,x\nred,y\n",
    {},
    3,
    /line 3, column "a": the value is "red"; expected a number/,
  ],
  ["has an infinite feature", "a,b\n1,x\nInfinity,y\n", {}, 3, /the value is "Infinity"/],
  [
    "has a feature beyond f32",
    "a,b\n1,x\n1e39,y\n",
    {},
    3,
    /the value 1e39 is out of the range of f32/,
  ],
  [
    "has a short record",
    "a,b,c\n1,2,x\n3,y\n",
    {},
    3,
    /line 3: the record has 2 fields; expected 3/,
  ],
  [
    "has a long record after a field of two lines",
    'a,b\n"1",x\n\n"2","y\n1"\n1,2,3\n',
    {},
    6,
    /line 6: the record has 3 fields/,
  ],
  ["has a field that is not closed", 'a,b\n1,"x\n', {}, 2, /quoted field is not closed/],
  [
    "goes on after a quotation mark",
    'a,b\n"1"2,x\n',
    {},
    2,
    /line 2, column 1: something follows a quoted field/,
  ],
  [
    "has a quotation mark amid a field",
    'a,b\n1,x"y\n',
    {},
    2,
    /line 2, column 2: a field that does not begin with a quotation mark has one/,
  ],
  [
    "has a column without a name",
    ",a,b\n0,1,x\n",
    {},
    1,
    /column 1 has no name; .*to_csv\(index=False\)/,
  ],
  ["has a name twice", "a,a,b\n1,2,x\n", {}, 1, /two columns have the name "a"/],
  [
    "has no such column",
    "a,b\n1,x\n",
    { target: ["c"] },
    1,
    /no column "c"; expected one of "a", "b", or a number from 1 to 2/,
  ],
  [
    "has not so many columns",
    "1,2\n",
    { target: ["3"] },
    1,
    /no column "3"; expected +a number from 1 to 2/,
  ],
  [
    "is to be learnt twice",
    "a,b,c\n1,2,3\n",
    { target: ["a", "1"] },
    1,
    /expected each of them once/,
  ],
  ["is all to be learnt", "a,b\n1,2\n", { target: ["a", "b"] }, 1, /2 columns, all to be learnt/],
  [
    "has two classes",
    "a,b,c\n1,2,3\n",
    { target: ["a", "b"], task: "class" },
    1,
    /2 columns are to be learnt as a class/,
  ],
  [
    "has a share above 1",
    "a,b\n1,0\n1,2\n",
    { task: "multi-label" },
    3,
    /column "b": the value is "2"; expected a number from 0/,
  ],
  [
    "does not say what it is",
    MANY,
    {},
    1,
    /40 rows have 40 different values or more, all whole numbers; expected a task/,
  ],
  [
    "has whole numbers that may be quantities",
    QUANTITIES,
    {},
    1,
    /100 rows have 50 different values or more, all whole numbers; expected a task/,
  ],
];

for (const [name, text, options, line, message] of REFUSED) {
  Deno.test(`readTable() refuses a table that ${name}`, async () => {
    await assert.rejects(readTable(source(text), options), (error) => {
      assert.ok(error instanceof DataFormatError, String(error));
      assert.equal(error.file, "some.csv");
      assert.match(error.message, message);
      assert.equal(error.line, line);
      return true;
    });
  });
}

Deno.test("readTable() refuses bytes that are no UTF-8, and UTF-16 by name", async () => {
  const read = (bytes: number[]): Promise<unknown> =>
    readTable(bytesSource(Uint8Array.from(bytes), "f"));
  await assert.rejects(
    read([0x31, 0x2c, 0xff, 0x0a, 0x31, 0x2c, 0x41, 0x0a]),
    /line 1, column 2: the text is no UTF-8/,
  );
  await assert.rejects(
    read([0xff, 0xfe, 0x31, 0, 0x2c, 0]),
    /the text is in UTF-16; expected UTF-8/,
  );
});

Deno.test("readTable() refuses a record of more fields than any table has", async () => {
  await assert.rejects(
    readTable(source(",".repeat(1 << 20))),
    /line 1: the record has more fields than 1048576/,
  );
});

Deno.test("readTable() reads a table of very many columns", async () => {
  // In quadratic time this would not end.
  const count = 200_000;
  const names = Array.from({ length: count }, (_, i) => `c${i}`).join();
  const numbers = Array.from({ length: count }, (_, i) => i % 10).join();
  const { inputs, table } = await readTable(source(`${names}\n${numbers}\n`));
  assert.deepEqual([inputs, table?.names?.length], [count - 1, count]);
});

Deno.test("readTable() takes no more memory than its rows", async () => {
  const rows = 5000;
  const text = Array.from({ length: rows }, (_, i) => `${i % 7}.5,${i % 3}`).join("\n");
  const data = await readTable(source(text)) as ClassDataset;
  assert.equal(data.features.buffer.byteLength, 4 * rows);
  assert.equal(data.labels.buffer.byteLength, rows);
});
