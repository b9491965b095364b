// SPDX-License-Identifier: Apache-2.0
//! Device contexts, mostly right.

use crate::draw::Draw;
use crate::guest::Guest;
use crate::pages::Space;
use crate::processes::Processes;
use sallyport_formats::constants as c;
use sallyport_model::Design;

pub const TC_V: u64 = 1 << c::DC_TC_V_BIT;
const TC_EN_ATS: u64 = 1 << c::DC_TC_EN_ATS_BIT;
const TC_T2GPA: u64 = 1 << c::DC_TC_T2GPA_BIT;
pub const TC_DTF: u64 = 1 << c::DC_TC_DTF_BIT;
const TC_PDTV: u64 = 1 << c::DC_TC_PDTV_BIT;
const TC_GADE: u64 = 1 << c::DC_TC_GADE_BIT;
pub const TC_SADE: u64 = 1 << c::DC_TC_SADE_BIT;
const TC_DPE: u64 = 1 << c::DC_TC_DPE_BIT;
const TC_SBE: u64 = 1 << c::DC_TC_SBE_BIT;
const TC_SXL: u64 = 1 << c::DC_TC_SXL_BIT;

/// What all contexts of a world have in common, as address spaces that a device
/// shares with another must mean the same to both.
#[derive(Clone, Copy, Debug)]
pub struct Common {
    /// What they are made for.
    pub design: Design,
    /// `fctl.BE`.
    pub big: bool,
    /// `fctl.GXL`.
    pub gxl: bool,
    /// `tc.SBE`.
    pub sbe: bool,
    /// `tc.SXL`.
    pub sxl: bool,
    /// Little is broken, so that most answers come from caches.
    pub calm: bool,
}

/// The first stage of a device.
#[derive(Clone, Copy, Debug)]
pub enum First<'a> {
    /// It has none.
    Bare,
    /// A space.
    Space(&'a Space),
    /// One for each process.
    Processes(&'a Processes),
}

impl Common {
    /// Whether contexts have 64 bytes.
    pub const fn extended(&self) -> bool {
        self.design.capabilities.msi_flat
    }

    /// A context of a guest or of the host.
    pub fn context(&self, draw: &mut Draw, guest: Option<&Guest>, first: First<'_>) -> [u64; 8] {
        let capabilities = self.design.capabilities;
        let mut words = [0; 8];
        let mut tc = TC_V;
        let mut set = |yes: bool, bit: u64| tc |= if yes { bit } else { 0 };
        set(draw.chance(15), TC_DTF);
        set(capabilities.amo_hwad && draw.chance(60), TC_SADE);
        set(self.sbe, TC_SBE);
        set(self.sxl, TC_SXL);
        let ats = capabilities.ats && draw.chance(45);
        set(ats, TC_EN_ATS);
        if let Some(guest) = guest {
            set(capabilities.amo_hwad && draw.chance(60), TC_GADE);
            set(ats && capabilities.t2gpa && draw.chance(40), TC_T2GPA);
            let gscid = u64::from(draw.pick(&guest.gscids).raw());
            words[1] = u64::from(guest.scheme.code()) << c::IOHGATP_MODE_LSB
                | gscid << c::IOHGATP_GSCID_LSB
                | guest.root;
            if let Some(window) = &guest.window {
                words[4] = c::MSIPTP_MODE_FLAT << c::MSIPTP_MODE_LSB | window.table;
                words[5] = window.mask;
                words[6] = window.pattern;
            }
        }
        match first {
            First::Bare => set(draw.chance(50), TC_PDTV),
            First::Space(space) => {
                words[2] = u64::from(*draw.pick(&space.pscids)) << c::DC_TA_PSCID_LSB;
                words[3] = u64::from(space.scheme.code()) << c::FSC_MODE_LSB | space.root;
            }
            First::Processes(processes) => {
                set(true, TC_PDTV);
                set(draw.chance(45), TC_DPE);
                words[3] = u64::from(processes.mode) << c::FSC_MODE_LSB | processes.root;
            }
        }
        words[0] = tc;
        if draw.chance(if self.calm { 1 } else { 9 }) {
            let (word, value) = self.broken(draw, &words);
            words[word] = value;
        }
        words
    }

    /// A doubleword of a context, with a value that makes it misconfigured, or
    /// does not change which tables it means.
    pub fn broken(&self, draw: &mut Draw, words: &[u64; 8]) -> (usize, u64) {
        let word = draw.below(if self.extended() { 8 } else { 4 }) as usize;
        let now = words[word];
        let value = match word {
            0 => now ^ 1 << *draw.pick(&[1, 2, 3, 6, 7, 8, 9, 12, 23, 32, 63]),
            1 if draw.chance(50) && now != 0 => now | 1 << draw.below(2),
            1 => now & !(0xf << c::IOHGATP_MODE_LSB) | *draw.pick(&[1, 3, 7, 11, 15]) << 60,
            2 => now ^ 1 << *draw.pick(&[0, 11, 32, 40, 52]),
            3 => now ^ 1 << *draw.pick(&[44, 59, 62]),
            4 => now ^ 1 << *draw.pick(&[44, 61, 63]),
            5 => now ^ 1 << *draw.pick(&[52, 63]),
            6 => now ^ 1 << *draw.pick(&[48, 52]),
            _ => now ^ 1 << draw.below(64),
        };
        (word, value)
    }
}
