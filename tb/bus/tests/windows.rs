// SPDX-License-Identifier: Apache-2.0
//! Windows of memory to where others write as well.

use sallyport_bus::{
    Attributes, Backing, BeatPlace, Clock, Memory, PortId, Resp, WindowError, WriteRecord,
};
use sallyport_formats::Spa;
use std::sync::{Arc, Mutex, PoisonError};

const PORT: PortId = PortId(0);

#[derive(Debug)]
struct Bytes(Mutex<Vec<u8>>);

impl Bytes {
    fn of<T>(&self, look: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Backing for Bytes {
    fn read(&self, offset: u64, bytes: &mut [u8]) {
        self.of(|all| bytes.copy_from_slice(&all[offset as usize..][..bytes.len()]));
    }

    fn write(&self, offset: u64, bytes: &[u8]) {
        self.of(|all| all[offset as usize..][..bytes.len()].copy_from_slice(bytes));
    }

    fn compare_exchange(&self, offset: u64, seen: &[u8], new: &[u8]) -> bool {
        self.of(|all| {
            let place = &mut all[offset as usize..][..seen.len()];
            let same = place == seen;
            if same {
                place.copy_from_slice(new);
            }
            same
        })
    }
}

fn memory() -> (Memory, Arc<Bytes>) {
    let bytes = Arc::new(Bytes(Mutex::new(vec![0; 0x2000])));
    let mut memory = Memory::new();
    let range = Spa::new(0x8000)..Spa::new(0xa000);
    memory.lay_window(range, bytes.clone()).unwrap();
    (memory, bytes)
}

fn beat(word: u64, data: u128, strb: u16) -> WriteRecord {
    WriteRecord::new(Clock(1), PORT, Spa::new(word), data, strb)
}

#[test]
fn both_ways_reach_the_backing() {
    let (mut memory, bytes) = memory();
    memory.write_u32(Spa::new(0x9ffc), 0x1122_3344);
    memory.write(Spa::new(0x7ffe), &[1, 2, 3, 4]);
    bytes.of(|all| {
        assert_eq!(all[0x1ffc..], [0x44, 0x33, 0x22, 0x11]);
        assert_eq!(all[..2], [3, 4]);
        all[0x10..0x18].copy_from_slice(&[9; 8]);
    });
    assert_eq!(memory.read_u32(Spa::new(0x7ffe)), 0x0403_0201);
    let place = BeatPlace {
        addr: 0x8010,
        word: 0x8010,
        lane: 0,
        bytes: 8,
    };
    assert_eq!(memory.bus_read(&place).data, 0x0909_0909_0909_0909);
    // Lanes that are not written stay, on either side of a doubleword.
    assert_eq!(
        memory.bus_write(beat(0x8010, u128::MAX, 0x0180)),
        Resp::Okay
    );
    bytes.of(|all| assert_eq!(all[0x16..0x1a], [9, 0xff, 0xff, 0]));
}

#[test]
fn attributes_rule_in_windows_too() {
    let (mut memory, bytes) = memory();
    let range = Spa::new(0x9000)..Spa::new(0xa000);
    memory.set_attributes(range, Attributes::error(Resp::DecErr));
    assert_eq!(memory.bus_write(beat(0x9000, 1, 0xff)), Resp::DecErr);
    bytes.of(|all| assert_eq!(all[0x1000], 0));
}

#[test]
fn an_exclusive_write_loses_to_whoever_wrote_meanwhile() {
    let (mut memory, bytes) = memory();
    let seen = 5_u64.to_le_bytes();
    bytes.of(|all| all[8..16].copy_from_slice(&seen));
    let write = WriteRecord {
        exclusive: true,
        ..beat(0x8000, 7 << 64, 0xff00)
    };

    assert!(memory.reserve_seen(PORT, 1, 0x8008, 8, &seen));
    assert!(memory.claim(PORT, 1, 0x8008, 8));
    memory.watch_all();
    assert_eq!(memory.bus_write_exclusive(write), Some(Resp::Okay));
    assert_eq!(memory.read_u64(Spa::new(0x8008)), 7);
    assert_eq!(memory.journal().len(), 1);

    // The monitor knows nothing of it: the value tells.
    assert!(memory.reserve_seen(PORT, 1, 0x8008, 8, &7_u64.to_le_bytes()));
    bytes.of(|all| all[8] = 6);
    assert!(memory.claim(PORT, 1, 0x8008, 8));
    assert_eq!(memory.bus_write_exclusive(write), None);
    assert_eq!(memory.read_u64(Spa::new(0x8008)), 6);
    assert_eq!(memory.journal().len(), 1);

    assert!(
        !memory.reserve(PORT, 1, 0x8008, 8),
        "nobody knows what it saw"
    );
}

#[test]
fn windows_are_whole_pages_and_apart() {
    let (mut memory, bytes) = memory();
    let mut lay = |start, end| memory.lay_window(Spa::new(start)..Spa::new(end), bytes.clone());
    assert_eq!(
        lay(0x9000, 0xb000).unwrap_err().to_string(),
        "the window 0x9000 to 0xb000 overlaps another one"
    );
    assert!(matches!(
        lay(0xb010, 0xc000),
        Err(WindowError::Pages { .. })
    ));
    assert!(matches!(
        lay(0xc000, 0xc000),
        Err(WindowError::Pages { .. })
    ));
    assert_eq!(lay(0xa000, 0xb000), Ok(()));
    memory.clear_windows();
    assert_eq!(memory.read_u64(Spa::new(0x8008)), 0);
}
