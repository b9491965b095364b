// SPDX-License-Identifier: Apache-2.0
//! Registers that translation depends on, as software has written them.

use sallyport_formats::constants as c;
use sallyport_formats::regs::{Ddtp, DdtpMode, Fctl};
use sallyport_sim::{LiteManagerPins, LiteSubordinatePins};

/// Looks at the register port.
#[derive(Debug, Default)]
pub struct Registers {
    address: Option<u64>,
    ddtp: u64,
    fctl: u64,
}

impl Registers {
    /// After a reset.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// One clock.
    pub fn clock(&mut self, m: &LiteManagerPins, s: &LiteSubordinatePins) {
        if m.aw_valid && s.aw_ready {
            self.address = Some(m.aw_addr.into());
        }
        if m.w_valid && s.w_ready {
            let address = self.address.take().unwrap_or_else(|| m.aw_addr.into());
            self.write(address & !7, m.w_data, m.w_strb);
        }
    }

    /// A write of eight bytes, of which `strobes` count.
    fn write(&mut self, offset: u64, data: u64, strobes: u8) {
        let lanes = (0..8).fold(0, |mask, lane| {
            mask | (u64::from(strobes >> lane & 1) * (0xff << (8 * lane)))
        });
        let merge = |old: u64| old & !lanes | data & lanes;
        if offset == c::REG_DDTP {
            let ddtp = merge(self.ddtp);
            // A mode that there is not leaves the register as it is.
            if !matches!(Ddtp::parse(ddtp).mode, DdtpMode::Other(_)) {
                self.ddtp = ddtp;
            }
        } else if offset == c::REG_FCTL & !7 {
            self.fctl = merge(self.fctl);
        }
    }

    pub fn ddtp(&self) -> Ddtp {
        Ddtp::parse(self.ddtp)
    }

    pub fn fctl(&self) -> Fctl {
        Fctl::parse((self.fctl >> (8 * (c::REG_FCTL & 7))) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(registers: &mut Registers, offset: u16, data: u64, strobes: u8) {
        let manager = LiteManagerPins {
            aw_valid: true,
            aw_addr: offset,
            w_valid: true,
            w_data: data,
            w_strb: strobes,
            ..LiteManagerPins::default()
        };
        let subordinate = LiteSubordinatePins {
            aw_ready: true,
            w_ready: true,
            ..LiteSubordinatePins::default()
        };
        registers.clock(&manager, &subordinate);
    }

    #[test]
    fn registers_hold_what_was_written() {
        let mut registers = Registers::default();
        write(&mut registers, c::REG_DDTP as u16, 0x80 << 10 | 4, 0xff);
        assert_eq!(registers.ddtp().mode, DdtpMode::ThreeLevel);
        assert_eq!(registers.ddtp().ppn, 0x80);
        write(&mut registers, c::REG_DDTP as u16, 9, 0x0f);
        assert_eq!(registers.ddtp().mode, DdtpMode::ThreeLevel, "9 is reserved");
        write(&mut registers, c::REG_FCTL as u16, 0b101, 0x0f);
        assert!(registers.fctl().be && registers.fctl().gxl);
        registers.reset();
        assert_eq!(registers.ddtp().mode, DdtpMode::Off);
    }
}
