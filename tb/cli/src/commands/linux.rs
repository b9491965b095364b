// SPDX-License-Identifier: Apache-2.0
//! `sallyport linux`: a program of its own, beside this one, so that the others build
//! without what it needs.

use crate::status::Status;
use anyhow::{Context, Result, anyhow};
use std::env;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Boots Linux with the verilated IOMMU as its IOMMU; `make linux` fetches what it
/// needs.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// The options of `sallyport-linux`; --help lists them.
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "OPTION"
    )]
    options: Vec<OsString>,
}

/// Becomes the other program.
///
/// # Errors
/// If it is not there.
pub fn run(args: &Args) -> Result<Status> {
    let this = env::current_exe().context("cannot tell where this program is")?;
    let other = this.with_file_name("sallyport-linux");
    let error = Command::new(&other).args(&args.options).exec();
    let path = other.display();
    Err(match error.kind() {
        ErrorKind::NotFound => anyhow!(
            "{path} has not been built: `make linux`, or `cargo build --release -p sallyport-linux`, builds it"
        ),
        _ => anyhow!("cannot start {path}: {error}"),
    })
}
