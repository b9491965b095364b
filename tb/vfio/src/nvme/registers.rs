// SPDX-License-Identifier: Apache-2.0
//! The controller's registers (NVM Express 1.4, "Controller Registers").

/// Entries of a queue at most.
pub(super) const MOST_ENTRIES: u32 = 1024;

/// Where the doorbells begin, 4 bytes each.
const DOORBELLS: u64 = 0x1000;

/// Half seconds that software is to wait for CSTS.RDY.
const TIME_OUT: u64 = 60;

/// CAP: queues are contiguous, the NVM command set, pages of 4 KiB only.
const CAP: u64 = (MOST_ENTRIES as u64 - 1) | 1 << 16 | TIME_OUT << 24 | 1 << 37;

/// VS: 1.4.
pub(super) const VERSION: u32 = 0x0001_0400;

const ENABLE: u32 = 1;
/// EN, CSS, MPS, AMS, SHN, IOSQES, IOCQES.
const CC_FIELDS: u32 = 0x00ff_fff1;
const READY: u32 = 1;
const FATAL: u32 = 1 << 1;

/// What a write to the registers asks of the controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// CC.EN was set, with everything as it must be.
    Enable,
    /// CC.EN was cleared.
    Disable,
    /// The tail of a submission queue.
    Tail { queue: u16, value: u32 },
    /// The head of a completion queue.
    Head { queue: u16, value: u32 },
}

/// The registers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    cc: u32,
    aqa: u32,
    asq: u64,
    acq: u64,
    fatal: bool,
}

impl Registers {
    /// Reads 4 bytes. `busy`: commands are under way, or their remains.
    pub fn read(&self, offset: u64, busy: bool) -> u32 {
        let high = |value: u64| (value >> 32) as u32;
        match offset {
            0x00 => CAP as u32,
            0x04 => high(CAP),
            0x08 => VERSION,
            0x14 => self.cc,
            0x1c => self.status(busy),
            0x24 => self.aqa,
            0x28 => self.asq as u32,
            0x2c => high(self.asq),
            0x30 => self.acq as u32,
            0x34 => high(self.acq),
            // Doorbells cannot be read, and the rest is not there.
            _ => 0,
        }
    }

    /// CSTS. After EN has been cleared RDY stays until everything has ended, and
    /// shutting down takes as long.
    fn status(&self, busy: bool) -> u32 {
        let ready = if self.is_enabled() { !self.fatal } else { busy };
        let shutdown = match (self.cc >> 14 & 3, busy) {
            (0 | 3, _) => 0,
            (_, true) => 1,
            (_, false) => 2,
        };
        let fatal = if self.fatal { FATAL } else { 0 };
        shutdown << 2 | fatal | if ready { READY } else { 0 }
    }

    pub const fn is_enabled(&self) -> bool {
        self.cc & ENABLE != 0
    }

    /// Whether commands are taken.
    pub const fn is_ready(&self) -> bool {
        self.is_enabled() && !self.fatal && self.cc >> 14 & 3 == 0
    }

    /// The controller cannot go on: CSTS.CFS until it is disabled.
    pub fn fail(&mut self) {
        self.fatal = true;
    }

    /// Base and entries of the admin submission queue.
    pub const fn admin_submission(&self) -> (u64, u32) {
        (self.asq, (self.aqa & 0xfff) + 1)
    }

    /// Base and entries of the admin completion queue.
    pub const fn admin_completion(&self) -> (u64, u32) {
        (self.acq, (self.aqa >> 16 & 0xfff) + 1)
    }

    /// Whether CC has entry sizes of 64 and 16 bytes: only then I/O queues can be made.
    pub const fn has_entry_sizes(&self) -> bool {
        self.cc >> 16 & 0xff == 0x46
    }

    /// Writes 4 bytes.
    pub fn write(&mut self, offset: u64, value: u32) -> Option<Event> {
        let low = |register: u64| register >> 32 << 32 | u64::from(value & !0xfff);
        let high = |register: u64| register & 0xffff_ffff | u64::from(value) << 32;
        match offset {
            0x14 => return self.configure(value),
            0x24 => self.aqa = value & 0x0fff_0fff,
            0x28 => self.asq = low(self.asq),
            0x2c => self.asq = high(self.asq),
            0x30 => self.acq = low(self.acq),
            0x34 => self.acq = high(self.acq),
            DOORBELLS.. => {
                let number = (offset - DOORBELLS) / 4;
                let queue = u16::try_from(number / 2).ok()?;
                return Some(if number.is_multiple_of(2) {
                    Event::Tail { queue, value }
                } else {
                    Event::Head { queue, value }
                });
            }
            _ => {}
        }
        None
    }

    fn configure(&mut self, value: u32) -> Option<Event> {
        let was = self.is_enabled();
        self.cc = value & CC_FIELDS;
        match (was, self.is_enabled()) {
            (false, true) => {
                // The NVM command set, pages of 4 KiB, round robin, queues of two
                // entries and more.
                let plain = value >> 4 & 0x3ff == 0;
                let most = MOST_ENTRIES;
                let sizes = [self.admin_submission().1, self.admin_completion().1];
                self.fatal = !plain || sizes.iter().any(|size| *size < 2 || *size > most);
                (!self.fatal).then_some(Event::Enable)
            }
            (true, false) => {
                self.fatal = false;
                Some(Event::Disable)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> Registers {
        let mut registers = Registers::default();
        assert_eq!(registers.write(0x24, 0x001f_001f), None);
        assert_eq!(registers.write(0x28, 0x8000_0fff), None);
        assert_eq!(registers.write(0x2c, 0x1), None);
        assert_eq!(registers.write(0x14, 0x0046_0001), Some(Event::Enable));
        registers
    }

    #[test]
    fn enabling_makes_ready() {
        let registers = ready();
        assert_eq!(registers.read(0x1c, true), READY);
        assert_eq!(registers.admin_submission(), (0x1_8000_0000, 32));
        assert!(registers.is_ready() && registers.has_entry_sizes());
    }

    #[test]
    fn disabling_waits_for_what_is_under_way() {
        let mut registers = ready();
        assert_eq!(registers.write(0x14, 0x0046_0000), Some(Event::Disable));
        assert_eq!(registers.read(0x1c, true), READY);
        assert_eq!(registers.read(0x1c, false), 0);
    }

    #[test]
    fn shutdown_is_complete_when_nothing_is_under_way() {
        let mut registers = ready();
        assert_eq!(registers.write(0x14, 0x0046_4001), None);
        assert!(!registers.is_ready());
        assert_eq!(registers.read(0x1c, true), 1 << 2 | READY);
        assert_eq!(registers.read(0x1c, false), 2 << 2 | READY);
    }

    #[test]
    fn what_is_not_offered_is_a_fatal_error() {
        for (aqa, cc) in [(0x001f_001f, 0x81), (0x001f_0000, 1), (0x0fff_001f, 1)] {
            let mut registers = Registers::default();
            registers.write(0x24, aqa);
            assert_eq!(registers.write(0x14, cc), None);
            assert_eq!(registers.read(0x1c, false), FATAL);
            assert_eq!(registers.write(0x14, 0), Some(Event::Disable));
            assert_eq!(registers.read(0x1c, false), 0);
        }
    }

    #[test]
    fn doorbells_tell_queue_and_side() {
        let mut registers = ready();
        let tail = Event::Tail { queue: 0, value: 3 };
        let head = Event::Head { queue: 2, value: 4 };
        assert_eq!(registers.write(0x1000, 3), Some(tail));
        assert_eq!(registers.write(0x1014, 4), Some(head));
        assert_eq!(registers.read(0x1014, true), 0);
    }
}
