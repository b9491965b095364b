// SPDX-License-Identifier: Apache-2.0
//! Which commands are legal ("Command-Queue": a reserved encoding, a reserved
//! bit, or a command that the capabilities leave out is illegal).

use sallyport_formats::Command;
use sallyport_formats::command::{Directory, Invalidation};

use crate::configuration::Configuration;

/// The command in these doublewords, if it is legal now. Reserved bits count
/// even where the operand they belong to is ignored.
pub(super) fn decode(words: [u64; 2], configuration: &Configuration) -> Option<Command> {
    let command = Command::parse(words).ok()?;
    let is_legal = command.reserved_bits(words) == [0, 0]
        && match &command {
            Command::InvalidateVma(operands) => invalidation_is_legal(operands, configuration),
            Command::InvalidateGvma(operands) => {
                !operands.pscv && invalidation_is_legal(operands, configuration)
            }
            Command::Fence(operands) => !operands.wsi || configuration.fctl.wsi,
            Command::InvalidateDdt(operands) => device_fits(operands, configuration),
            Command::InvalidatePdt(operands) => {
                operands.dv
                    && device_fits(operands, configuration)
                    && process_fits(operands, configuration)
            }
            Command::AtsInvalidate(_) | Command::AtsPageResponse(_) => {
                configuration.design.capabilities.ats
            }
        };
    is_legal.then_some(command)
}

/// NL and S are reserved without their extensions ("Non-leaf PTE Invalidation
/// Extension", "Address Range Invalidation Extension").
fn invalidation_is_legal(operands: &Invalidation, configuration: &Configuration) -> bool {
    let capabilities = &configuration.design.capabilities;
    (!operands.nl || capabilities.nl) && (!operands.s || capabilities.s)
}

/// A `DID` that counts must not be wider than `ddtp.iommu_mode` supports. The
/// mode that counts is the widest that the design has: software may well
/// invalidate what it used under another one.
fn device_fits(operands: &Directory, configuration: &Configuration) -> bool {
    let levels = (1..=3)
        .rev()
        .find(|&levels| configuration.design.directory_levels[levels as usize - 1])
        .unwrap_or(0);
    !operands.dv
        || operands
            .did
            .fits_levels(levels, configuration.extended_contexts())
}

/// A `PID` must not be wider than the design's process directories. Without
/// any the shortest width counts, and the command has nothing to do.
fn process_fits(operands: &Directory, configuration: &Configuration) -> bool {
    operands.pid.raw() >> configuration.design.process_id_width().max(8) == 0
}

#[cfg(test)]
mod tests {
    use sallyport_formats::regs::{Ddtp, Fctl};

    use super::*;
    use crate::design::Design;
    use crate::qos::QosIds;

    fn is_legal_in(design: Design, words: [u64; 2]) -> bool {
        let configuration = Configuration {
            design,
            fctl: Fctl::default(),
            ddtp: Ddtp::default(),
            qosid: QosIds::default(),
        };
        decode(words, &configuration).is_some()
    }

    fn is_legal(words: [u64; 2]) -> bool {
        is_legal_in(Design::full(), words)
    }

    #[test]
    fn opcodes() {
        assert!(is_legal([1, 0]) && is_legal([2, 0]) && is_legal([3, 0]) && is_legal([4, 0]));
        assert!(!is_legal([0, 0]) && !is_legal([5, 0]) && !is_legal([64, 0]));
        assert!(!is_legal([1 | 2 << 7, 0]) && !is_legal([2 | 1 << 7, 0]));
    }

    #[test]
    fn operands_that_need_something() {
        assert!(!is_legal([1 | 1 << 7 | 1 << 32, 0]), "PSCV in GVMA");
        assert!(!is_legal([2 | 1 << 11, 0]), "WSI without fctl.WSI");
        assert!(!is_legal([3 | 1 << 7, 0]), "INVAL_PDT without DV");
        assert!(!is_legal([3 | 1 << 12, 0]), "PID in INVAL_DDT");
    }

    #[test]
    fn identifiers_fit_the_design() {
        let one_level = Design {
            directory_levels: [true, false, false],
            ..Design::full()
        };
        let one_level = |words| is_legal_in(one_level, words);
        assert!(one_level([3 | 1 << 33 | 63 << 40, 0]));
        assert!(!one_level([3 | 1 << 33 | 64 << 40, 0]), "wide DID");
        assert!(one_level([3 | 64 << 40, 0]), "wide DID, ignored");
        assert!(is_legal([3 | 1 << 33 | 64 << 40, 0]));
        let process = |pid: u64| [3 | 1 << 7 | 1 << 33 | pid << 12, 0];
        assert!(is_legal(process(0xf_ffff)));
        assert!(!is_legal_in(Design::small(), process(0x100)));
    }

    #[test]
    fn extensions() {
        let small = |words| is_legal_in(Design::small(), words);
        assert!(is_legal([1 | 1 << 34, 0]) && !small([1 | 1 << 34, 0]));
        assert!(is_legal([1, 1 << 9]) && !small([1, 1 << 9]));
        assert!(!small([4, 0]));
    }
}
