//! What wasm-pack asks of the program `wasm-bindgen`, with the outcome of the published program.

use anyhow::{bail, Context, Result};
use std::{env, path::PathBuf};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut bindgen = Bindgen::new();
    // As the published program is without an option that says otherwise.
    bindgen.omit_default_module_path(false);
    let mut out: Option<PathBuf> = None;
    let mut args = env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("a value is expected after {arg}"));
        match arg.as_str() {
            "--version" | "-V" => {
                println!("wasm-bindgen {}", env!("CARGO_PKG_VERSION"));
                return Ok(());
            }
            "--typescript" => {
                bindgen.typescript(true);
            }
            "--target" => {
                bindgen.web(value()? == "web")?;
            }
            "--out-name" => {
                bindgen.out_name(&value()?);
            }
            "--out-dir" => out = Some(value()?.into()),
            _ if arg.starts_with('-') => bail!("unknown option {arg}; wasm-pack passes others"),
            _ => {
                bindgen.input_path(arg);
            }
        }
    }
    bindgen.generate(out.context("--out-dir is expected")?)
}
