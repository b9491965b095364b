// SPDX-License-Identifier: Apache-2.0
//! Capabilities by the names that vectors use, and what a case asks of them.

use std::fmt;

use sallyport_formats::regs::{self, InterruptSupport};
use sallyport_model::Design;
use thiserror::Error;

use crate::case::Case;

/// What a target is built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    register: regs::Capabilities,
    directory_levels: [bool; 3],
    gxl_writable: bool,
}

/// A name in `needs` or `lacks` that is no capability.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no capability is called {0:?}")]
pub struct UnknownCapability(pub String);

/// Why a target does not play a case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skip {
    /// It does not have this capability.
    Needs(String),
    /// It has this capability, and the case relies on its absence.
    Lacks(String),
    /// Its physical addresses are too short.
    Pas,
    /// Its port cannot express a request of the case.
    Port,
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Needs(name) => f.write_str(name),
            Self::Lacks(name) => write!(f, "lacks {name}"),
            Self::Pas => f.write_str("pas"),
            Self::Port => f.write_str("port"),
        }
    }
}

impl Capabilities {
    /// From the value of the `capabilities` register and what it does not
    /// show: whether `ddtp` takes 1LVL, 2LVL and 3LVL, and whether `fctl.GXL`
    /// can be written.
    #[must_use]
    pub fn new(register: u64, directory_levels: [bool; 3], gxl_writable: bool) -> Self {
        Self {
            register: regs::Capabilities::parse(register),
            directory_levels,
            gxl_writable,
        }
    }

    /// Those of a design of the golden model.
    #[must_use]
    pub fn of_design(design: &Design) -> Self {
        Self {
            register: design.capabilities,
            directory_levels: design.directory_levels,
            gxl_writable: design.gxl_writable,
        }
    }

    /// Whether the capability with this name is there.
    ///
    /// # Errors
    /// [`UnknownCapability`] if there is none of this name.
    pub fn has(&self, name: &str) -> Result<bool, UnknownCapability> {
        let register = &self.register;
        Ok(match name {
            "Sv32" => register.sv32,
            "Sv39" => register.sv39,
            "Sv48" => register.sv48,
            "Sv57" => register.sv57,
            "Svrsw60t59b" => register.svrsw60t59b,
            "Svpbmt" => register.svpbmt,
            "Sv32x4" => register.sv32x4,
            "Sv39x4" => register.sv39x4,
            "Sv48x4" => register.sv48x4,
            "Sv57x4" => register.sv57x4,
            "AMO_MRIF" => register.amo_mrif,
            "MSI_FLAT" => register.msi_flat,
            "MSI_MRIF" => register.msi_mrif,
            "AMO_HWAD" => register.amo_hwad,
            "ATS" => register.ats,
            "T2GPA" => register.t2gpa,
            "END" => register.end,
            "HPM" => register.hpm,
            "DBG" => register.dbg,
            "PD8" => register.pd8,
            "PD17" => register.pd17,
            "PD20" => register.pd20,
            "QOSID" => register.qosid,
            "NL" => register.nl,
            "S" => register.s,
            "MSI" => register.igs != InterruptSupport::Wsi,
            "WSI" => register.igs != InterruptSupport::Msi,
            "1LVL" => self.directory_levels[0],
            "2LVL" => self.directory_levels[1],
            "3LVL" => self.directory_levels[2],
            "GXL" => self.gxl_writable,
            _ => return Err(UnknownCapability(name.to_owned())),
        })
    }

    /// Why a target with these capabilities has to skip the case: the first
    /// reason, in the order of `needs`, `lacks`, `pas`.
    ///
    /// # Errors
    /// [`UnknownCapability`] if the case names one that there is not.
    pub fn skip(&self, case: &Case) -> Result<Option<Skip>, UnknownCapability> {
        for name in &case.needs {
            if !self.has(name)? {
                return Ok(Some(Skip::Needs(name.clone())));
            }
        }
        for name in &case.lacks {
            if self.has(name)? {
                return Ok(Some(Skip::Lacks(name.clone())));
            }
        }
        Ok((self.register.pas < case.pas).then_some(Skip::Pas))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse_case;

    fn case(needs: &str, lacks: &str, pas: u32) -> Case {
        parse_case(&format!(
            r#"{{"case": "c/1", "needs": {needs}, "lacks": {lacks}, "pas": {pas}, "raw": true,
                "scratch": ["0x0", "0x1000"], "memory": {{}}, "steps": []}}"#
        ))
        .unwrap()
    }

    fn small(case: &Case) -> Option<Skip> {
        Capabilities::of_design(&Design::small())
            .skip(case)
            .unwrap()
    }

    #[test]
    fn reasons_to_skip() {
        assert_eq!(
            small(&case(r#"["Sv39", "WSI"]"#, r#"["MSI", "GXL"]"#, 56)),
            None
        );
        assert_eq!(
            small(&case(r#"["Sv39", "Sv48"]"#, "[]", 44)),
            Some(Skip::Needs("Sv48".to_owned()))
        );
        let lacks = small(&case("[]", r#"["Sv39x4"]"#, 44)).unwrap();
        assert_eq!(lacks.to_string(), "lacks Sv39x4");
        let short = Capabilities::new(0x10 | 44 << 32, [true; 3], false);
        assert_eq!(short.skip(&case("[]", "[]", 56)), Ok(Some(Skip::Pas)));
    }

    #[test]
    fn misspelt_names_are_errors() {
        let capabilities = Capabilities::of_design(&Design::full());
        assert!(capabilities.skip(&case(r#"["Sv93"]"#, "[]", 44)).is_err());
    }
}
