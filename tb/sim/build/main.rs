// SPDX-License-Identifier: Apache-2.0
//! Verilates the RTL and compiles it together with the bridge to Rust.
//!
//! Every top and build becomes one static library, kept in `target/verilated`
//! under a hash of all that it is made from, so that it is made again only when
//! something of that changed. Builds with other target directories use the same
//! folder.
//!
//! Environment:
//! - `VERILATOR`: the program to use; `verilator` by default.
//! - `SALLYPORT_MODELS`: the models to build, such as `core.small,axi.full`; all
//!   by default. The others are reported as missing when they are asked for.
//! - `SALLYPORT_MODEL_CACHE`: another folder for finished models, absolute.
//! - `SALLYPORT_RTL`: another folder with the RTL, absolute.
//! - `SALLYPORT_MODEL_COVERAGE`: models that count which lines ran and which bits
//!   changed, such as `core.full,axi.full`; see cpp/coverage.h. They are several
//!   times slower.

mod cache;
mod lock;
mod sources;
mod verilate;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use cache::Cache;
use verilate::{Model, Verilator};

/// A module that models are made of.
struct Top {
    module: &'static str,
    /// The C++ class that knows its pins.
    class: &'static str,
    short: &'static str,
    /// Which of `BUILDS` there are. Both builds for tests are of the core; the
    /// bus carries QoS ids as well, and packets meet contexts of every size.
    builds: &'static [usize],
    /// More parameters, as Verilator takes them.
    parameters: &'static [&'static str],
}

const TOPS: [Top; 3] = [
    Top {
        module: "iommu_axi",
        class: "AxiModelOf",
        short: "axi",
        builds: &[0, 1, 2, 4],
        parameters: &[],
    },
    Top {
        module: "iommu_core_port",
        class: "CoreModelOf",
        short: "core",
        builds: &[0, 1, 2, 3, 4],
        parameters: &[],
    },
    Top {
        module: "iommu_pcie",
        class: "PcieModelOf",
        short: "pcie",
        builds: &[0, 1, 2, 3],
        parameters: &["-GRequestPort=1"],
    },
];

/// Builds in the order of their numbers in `iommu_build_pkg::build_e`.
const BUILDS: [&str; 5] = ["small", "default", "full", "full-base", "full-qos"];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").context("no manifest folder")?);
    let out = PathBuf::from(env::var_os("OUT_DIR").context("no output folder")?);
    let rtl = env::var_os("SALLYPORT_RTL")
        .map_or_else(|| manifest.join("../../rtl"), PathBuf::from)
        .canonicalize()
        .context("no rtl folder")?;
    for path in ["build", "cpp", "src/bridge.rs"] {
        println!("cargo::rerun-if-changed={path}");
    }
    println!("cargo::rerun-if-changed={}", rtl.display());
    for name in [
        "VERILATOR",
        "SALLYPORT_MODELS",
        "SALLYPORT_MODEL_CACHE",
        "SALLYPORT_RTL",
        "SALLYPORT_MODEL_COVERAGE",
    ] {
        println!("cargo::rerun-if-env-changed={name}");
    }

    let verilator = Verilator::find()?;
    let cache = Cache::open(&manifest, &out)?;
    let models = selected()?;
    let folders = cache.models(&verilator, &rtl, &models)?;
    glue(&verilator, &models, &folders, &out)?;
    for (model, folder) in models.iter().zip(&folders) {
        println!("cargo::rerun-if-changed={}", cache::stamp(folder).display());
        println!("cargo::rustc-link-search=native={}", folder.display());
        println!("cargo::rustc-link-lib=static={}", model.prefix());
    }
    println!("cargo::rustc-link-lib=z");
    Ok(())
}

/// The models to build.
fn selected() -> Result<Vec<Model>> {
    let all: Vec<Model> = TOPS
        .iter()
        .flat_map(|top| {
            top.builds.iter().map(|&build| Model {
                top: top.module,
                short: top.short,
                build,
                parameters: top.parameters,
            })
        })
        .collect();
    let Ok(list) = env::var("SALLYPORT_MODELS") else {
        return Ok(all);
    };
    let names: Vec<&str> = list
        .split(',')
        .map(str::trim)
        .filter(|n| !n.is_empty())
        .collect();
    if let Some(name) = names.iter().find(|n| all.iter().all(|m| m.name() != **n)) {
        let known: Vec<String> = all.iter().map(Model::name).collect();
        bail!(
            "SALLYPORT_MODELS names {name}, which is none of {}",
            known.join(", ")
        );
    }
    Ok(all
        .into_iter()
        .filter(|m| names.contains(&m.name().as_str()))
        .collect())
}

/// Compiles the bridge, the list of models and Verilator's runtime.
fn glue(verilator: &Verilator, models: &[Model], folders: &[PathBuf], out: &Path) -> Result<()> {
    let mut list = String::from("// The models that were built; see build/main.rs.\n");
    for model in models {
        list += &format!("#include \"{}.h\"\n", model.prefix());
    }
    list += "#include \"pins.h\"\n\nnamespace sallyport {\n\n";
    for Top { class, short, .. } in TOPS {
        let base = class.trim_end_matches("Of");
        list += &format!("std::unique_ptr<{base}> new_{short}(uint32_t build, uint32_t seed) {{\n");
        for model in models.iter().filter(|m| m.short == short) {
            let (prefix, build) = (model.prefix(), model.build);
            let name = if verilator.counts(model) {
                format!("\"{prefix}\"")
            } else {
                "nullptr".to_owned()
            };
            list += &format!(
                "  if (build == {build}) return std::make_unique<{class}<{prefix}>>({name}, seed);\n",
            );
        }
        list += "  return nullptr;\n}\n\n";
    }
    list += "}  // namespace sallyport\n";
    let models_cpp = out.join("models.cpp");
    if std::fs::read_to_string(&models_cpp).ok().as_deref() != Some(&list) {
        std::fs::write(&models_cpp, list).context("cannot write the list of models")?;
    }

    let mut build = cxx_build::bridge("src/bridge.rs");
    build
        .std("c++17")
        .opt_level(2)
        .debug(false)
        .warnings(false)
        .flag_if_supported("-faligned-new")
        .define("VM_TRACE", "1")
        .define("VM_TRACE_FST", "1")
        .define("VM_COVERAGE", "0")
        .define("VM_SC", "0")
        // Messages and failed assertions come to Rust: see cpp/report.cpp.
        .define("VL_USER_STOP", None)
        .define("VL_USER_FATAL", None)
        .define("VL_PRINTF", "sallyport_printf")
        .flag("-include")
        .flag("cpp/report.h")
        .include("cpp")
        .include(verilator.include())
        .include(verilator.include().join("vltstd"))
        .includes(folders)
        .file("cpp/coverage.cpp")
        .file("cpp/report.cpp")
        .file(models_cpp);
    for file in [
        "verilated.cpp",
        "verilated_threads.cpp",
        "verilated_fst_c.cpp",
    ] {
        build.file(verilator.include().join(file));
    }
    build
        .try_compile("sallyport_sim_glue")
        .context("cannot compile the bridge to the models")
}
