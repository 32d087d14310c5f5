/**
 * What is made of the pointwise operations of `src/ops/pointwise`: their numbers, their list, their WGSL and their Rust.
 *
 * @module
 */
import { gradientReads, type Pointwise } from "../../src/ops/expression.ts";
import { countNodes, type Dialect, rustWith, statements, wgslOf } from "./dialects.ts";

/** A file of operations. */
export interface OperationFile {
  /** Its name, without the extension. */
  readonly name: string;
  /** Its text. */
  readonly text: string;
  /** The operations that it exports. */
  readonly operations: readonly Pointwise[];
}

/** Most operations of an expression that is written out wherever it is used in Rust, instead of being called. */
const SHORT = 2;

/** Every generated file of the operations: path and text. */
export function pointwiseFiles(files: readonly OperationFile[]): Record<string, string> {
  const operations = inOrder(files);
  return {
    "src/ops/pointwise/numbers.ts": numbers(operations),
    "src/ops/pointwise/mod.ts": list(files),
    "wgsl/shared/pointwise.wgsl": wgsl(operations, "vec4f"),
    "wgsl/shared/pointwise_one.wgsl": wgsl(operations, "f32"),
    "wasm/src/kernels/pointwise_operations.rs": rust(operations),
  };
}

/**
 * The operations of all files by name: number `i + 1` is that of element i.
 *
 * @throws {Error} When two of them have one name.
 */
export function inOrder(files: readonly OperationFile[]): readonly Pointwise[] {
  const operations = files.flatMap((file) => file.operations);
  const names = operations.map(({ name }) => name).sort();
  const twice = names.find((name, i) => names[i + 1] === name);
  if (twice !== undefined) {
    throw new Error(`Cannot number the operations: two are called "${twice}"; expected one`);
  }
  return names.flatMap((name) => operations.filter((operation) => operation.name === name));
}

function numbers(operations: readonly Pointwise[]): string {
  return `/**
 * The number of every pointwise operation, by its name; 0 is none. Written by \`deno task generate\` from the folder.
 *
 * @module
 */

/** Numbers by names. */
export const NUMBERS: Readonly<Record<string, number>> = {
${operations.map(({ name }, i) => `  ${name}: ${i + 1},`).join("\n")}
};
`;
}

/** The functions and types of the files; the operations themselves are no part of the public surface. */
function list(files: readonly OperationFile[]): string {
  const lines = files.flatMap(({ name, text }) => {
    const found = [...text.matchAll(/^export (function|interface|type) (\w+)/gm)]
      .map(([, kind, what]) => ({ what, text: kind === "function" ? what : `type ${what}` }))
      .sort((a, b) => a.what.toLowerCase() < b.what.toLowerCase() ? -1 : 1);
    if (found.length === 0) return [];
    return [`export { ${found.map(({ text }) => text).join(", ")} } from "./${name}.ts";`];
  });
  return `/**
 * The pointwise operations, as programs apply them. Written by \`deno task generate\` from the folder.
 *
 * @module
 */
${lines.join("\n")}
`;
}

function wgsl(operations: readonly Pointwise[], type: "vec4f" | "f32"): string {
  const dialect = wgslOf(type);
  const functions = operations.flatMap((operation) => {
    const { name, value, gradient } = operation;
    const operand = gradientReads(operation);
    return [
      wgslFunction(`${name}(x: ${type})`, type, statements(value, dialect)),
      wgslFunction(
        `${name}_gradient(dy: ${type}, ${operand}: ${type})`,
        type,
        statements(gradient, dialect),
      ),
    ];
  });
  const chosen = (call: (name: string) => string) =>
    operations.map(({ name }, i) =>
      `  if (POINTWISE == ${i + 1}u) {\n    result = ${call(name)};\n  }\n`
    ).join("");
  return `// Pointwise operations on ${type}, and their derivatives. Written by \`deno task generate\` from src/ops/pointwise.
/// Number of the operation; 0 leaves everything as it is.
override POINTWISE: u32 = 0u;

${functions.join("\n")}
/// The operation that is chosen.
fn pointwise(x: ${type}) -> ${type} {
  var result = x;
${chosen((name) => `${name}(x)`)}  return result;
}

/// The gradient before it, from \`dy\` behind it and what its derivative is computed of.
fn pointwise_gradient(dy: ${type}, operand: ${type}) -> ${type} {
  var result = dy;
${chosen((name) => `${name}_gradient(dy, operand)`)}  return result;
}
`;
}

function wgslFunction(head: string, type: string, lines: readonly string[]): string {
  const body = lines.map((line, i) => i < lines.length - 1 ? line : `return ${line};`);
  return `fn ${head} -> ${type} {\n${body.map((line) => `  ${line}\n`).join("")}}\n`;
}

function rust(operations: readonly Pointwise[]): string {
  const constants: string[] = [];
  const dialect = rustWith(constants);
  const functions = operations.flatMap((operation) => [
    rustFunction(operation.name, ["x"], operation.value, dialect),
    rustFunction(
      `${operation.name}_gradient`,
      ["dy", gradientReads(operation)],
      operation.gradient,
      dialect,
    ),
  ]);
  const text = functions.map(({ text }) => text.replace(/^(?=.)/gm, "    ")).join("\n");
  const isLong = (name: string) => functions.some((each) => each.long && each.name === name);
  const short = operations.flatMap(({ name }, i) => [
    ...(isLong(name) ? [] : [`        ${2 * i + 2} => all.${name}(result),`]),
    ...(isLong(`${name}_gradient`)
      ? []
      : [`        ${2 * i + 3} => all.${name}_gradient(result, operand()),`]),
  ]);
  const far = operations.flatMap(({ name }, i) => [
    ...(isLong(name) ? [2 * i + 2] : []),
    ...(isLong(`${name}_gradient`) ? [2 * i + 3] : []),
  ]);
  const arms = (line: (name: string, i: number) => string) =>
    operations.map(({ name }, i) => line(name, i + 1)).join("\n");
  return `//! Pointwise operations and their derivatives. Written by \`deno task generate\` from \`src/ops/pointwise\`.
use super::softmax::Exponential;
use crate::simd::F32x4;

/// The operations by their numbers; 0 is none.
pub const NAMES: &[&str] = &["", ${operations.map(({ name }) => `"${name}"`).join(", ")}];

const NUMBERS: [f32; ${constants.length}] = [
${constants.map((text) => `    ${text},`).join("\n")}
];

/// What the operations compute with.
#[derive(Clone, Copy)]
pub struct Constants {
    numbers: [F32x4; NUMBERS.len()],
    exp: Exponential,
}

impl Constants {
    /// As they are written.
    #[inline(always)]
    pub fn written() -> Self {
        Self { numbers: NUMBERS.map(F32x4::splat), exp: Exponential::written() }
    }

    /// Held in vectors, for loops: V8 would otherwise make each anew in every round.
    #[inline(always)]
    pub fn held() -> Self {
        let numbers = core::hint::black_box(NUMBERS.map(F32x4::splat));
        Self { numbers, exp: Exponential::held() }
    }

    /// The operation of a number; 0 leaves everything as it is.
    #[inline(always)]
    pub fn value(&self, operation: usize, x: F32x4) -> F32x4 {
        match operation {
${arms((name, i) => `            ${i} => self.${name}(x),`)}
            _ => x,
        }
    }

    /// The gradient before it, from \`dy\` behind it and what its derivative is computed of.
    #[inline(always)]
    pub fn gradient(&self, operation: usize, dy: F32x4, operand: F32x4) -> F32x4 {
        match operation {
${arms((name, i) => `            ${i} => self.${name}_gradient(dy, operand),`)}
            _ => dy,
        }
    }

${text}}

/// What a product does to its result: \`2 operation\` is an operation, \`2 operation + 1\` its derivative. Those of long
/// expressions are left to [\`finish_far\`], since a call among vectors that are in registers costs products more than a half.
#[inline(always)]
pub fn finish(code: usize, result: F32x4, operand: impl FnOnce() -> F32x4) -> F32x4 {
    let all = Constants::written();
    match code {
${short.join("\n")}
        _ => result,
    }
}

/// Whether [\`finish\`] leaves a code to [\`finish_far\`].
#[inline(always)]
pub fn is_far(code: usize) -> bool {
    [${far.join(", ")}].contains(&code)
}

/// What [\`finish\`] leaves.
#[inline(never)]
pub fn finish_far(code: usize, result: F32x4, operand: F32x4) -> F32x4 {
    let all = Constants::written();
    if code % 2 == 0 {
        all.value(code / 2, result)
    } else {
        all.gradient(code / 2, result, operand)
    }
}

/// Calls \`body::<OPERATION>(...)\` for the operation of a number, so that the choice is made once, outside of loops.
macro_rules! monomorphic {
    ($operation:expr, $body:ident($($argument:expr),*)) => {
        match $operation {
${arms((_, i) => `            ${i} => $body::<${i}>($($argument),*),`)}
            _ => $body::<0>($($argument),*),
        }
    };
}
pub(super) use monomorphic;
`;
}

function rustFunction(
  name: string,
  params: readonly string[],
  expression: Pointwise["value"],
  dialect: Dialect,
): { name: string; text: string; long: boolean } {
  const lines = statements(expression, dialect);
  const text = `#[inline(always)]
fn ${name}(&self, ${params.map((param) => `${param}: F32x4`).join(", ")}) -> F32x4 {
${lines.map((line) => `    ${line}\n`).join("")}}
`;
  return { name, text, long: countNodes(expression) > SHORT };
}
