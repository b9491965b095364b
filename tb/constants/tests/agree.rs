// SPDX-License-Identifier: Apache-2.0
//! Rust, C and SystemVerilog have the same constants, and the header is clean
//! C11.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use bindgen::callbacks::{EnumVariantCustomBehavior, EnumVariantValue, ParseCallbacks};
use sallyport_constants::{Constants, differences, verilated_package};

const PREFIX: &str = "SALLYPORT_";

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

fn rust() -> Constants {
    let all = sallyport_formats::constants::ALL;
    all.iter()
        .map(|(name, value)| ((*name).to_owned(), *value))
        .collect()
}

/// Collects the enumerators that libclang sees.
#[derive(Debug, Default)]
struct Enumerators(Arc<Mutex<Constants>>);

impl ParseCallbacks for Enumerators {
    fn enum_variant_behavior(
        &self,
        _enum_name: Option<&str>,
        name: &str,
        value: EnumVariantValue,
    ) -> Option<EnumVariantCustomBehavior> {
        let value = match value {
            EnumVariantValue::Boolean(value) => u64::from(value),
            EnumVariantValue::Signed(value) => value as u64,
            EnumVariantValue::Unsigned(value) => value,
        };
        let short = name.strip_prefix(PREFIX).unwrap_or(name);
        self.0.lock().unwrap().insert(short.to_owned(), value);
        None
    }
}

fn c_header() -> Constants {
    let found = Arc::new(Mutex::new(Constants::new()));
    bindgen::Builder::default()
        .header(project("sw/include/sallyport_iommu.h").to_str().unwrap())
        .allowlist_file(".*sallyport_iommu\\.h")
        .clang_arg("-std=c11")
        .parse_callbacks(Box::new(Enumerators(Arc::clone(&found))))
        .generate()
        .expect("bindgen reads the header");
    found.lock().unwrap().clone()
}

fn systemverilog() -> Constants {
    let scratch = tempfile::tempdir().unwrap();
    let probe = scratch.path().join("constants_probe.sv");
    // The package needs a user, otherwise Verilator leaves it out.
    std::fs::write(
        &probe,
        "module constants_probe (output int unsigned bytes_o);\n  \
         assign bytes_o = iommu_constants_pkg::REG_FILE_BYTES;\nendmodule\n",
    )
    .unwrap();
    let verilator = std::env::var_os("VERILATOR").unwrap_or_else(|| "verilator".into());
    let output = Command::new(&verilator)
        .args([
            "--cc",
            "--public-flat-rw",
            "-Wno-fatal",
            "-Wno-lint",
            "--prefix",
            "Vprobe",
        ])
        .args(["--top-module", "constants_probe", "--Mdir"])
        .arg(scratch.path())
        .arg(project("rtl/iommu_constants_pkg.sv"))
        .arg(&probe)
        .output()
        .unwrap_or_else(|error| panic!("cannot run {verilator:?}: {error}"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{verilator:?} failed:\n{told}");
    let header = scratch.path().join("Vprobe_iommu_constants_pkg.h");
    verilated_package(&std::fs::read_to_string(header).unwrap()).unwrap()
}

#[test]
fn the_three_sides_agree() {
    let (rust, header, package) = (rust(), c_header(), systemverilog());
    assert!(!rust.is_empty() && !header.is_empty() && !package.is_empty());
    let lines = differences(&[
        ("the crate sallyport-formats", &rust),
        ("sallyport_iommu.h", &header),
        ("iommu_constants_pkg", &package),
    ]);
    assert!(lines.is_empty(), "constants differ:\n{}", lines.join("\n"));
}

#[test]
fn the_header_is_clean_c11() {
    let scratch = tempfile::tempdir().unwrap();
    let source = scratch.path().join("user.c");
    std::fs::write(
        &source,
        "#include \"sallyport_iommu.h\"\n\
         uint64_t ddtp(uint64_t root);\n\
         uint64_t ddtp(uint64_t root) {\n\
             return SALLYPORT_PUT(SALLYPORT_DDTP_PPN, root >> 12)\n\
                 | SALLYPORT_PUT(SALLYPORT_DDTP_MODE, SALLYPORT_DDTP_MODE_3LVL);\n\
         }\n\
         static_assert(SALLYPORT_GET(SALLYPORT_FQ_TTYP, UINT64_C(8) << 34) == 8, \"get\");\n\
         static_assert(SALLYPORT_MASK(SALLYPORT_CMD_ATS_DSEG) >> 56 == 0xff, \"mask\");\n\
         static_assert(SALLYPORT_BIT(SALLYPORT_PTE_N) == UINT64_C(1) << 63, \"bit\");\n",
    )
    .unwrap();
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let output = Command::new(&compiler)
        .args([
            "-std=c11",
            "-Wall",
            "-Wextra",
            "-pedantic",
            "-Werror",
            "-fsyntax-only",
            "-I",
        ])
        .arg(project("sw/include"))
        .arg(&source)
        .output()
        .unwrap_or_else(|error| panic!("cannot run {compiler:?}: {error}"));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
