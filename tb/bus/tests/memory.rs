// SPDX-License-Identifier: Apache-2.0
//! Memory by itself.

use sallyport_bus::{
    Attributes, AxBeat, BeatPlace, Clock, LoadError, Memory, PortId, Resp, Width, WriteRecord,
    beat_place,
};
use sallyport_formats::Spa;

const PORT: PortId = PortId(1);

fn place(addr: u64, size: u8) -> BeatPlace {
    let ax = AxBeat {
        addr,
        size,
        burst: 1,
        ..AxBeat::default()
    };
    beat_place(&ax, 0, Width::Bits128)
}

fn store(memory: &mut Memory, word: u64, data: u128, strb: u16) -> Resp {
    memory.bus_write(WriteRecord::new(Clock(7), PORT, Spa::new(word), data, strb))
}

#[test]
fn software_accesses_cross_pages_and_default_to_zero() {
    let mut memory = Memory::new();
    let at = Spa::new(0x8000_0ffc);
    assert_eq!(memory.read_u64(at), 0);
    memory.write_u64(at, 0x1122_3344_5566_7788);
    assert_eq!(memory.read_u64(at), 0x1122_3344_5566_7788);
    assert_eq!(memory.read_u32(Spa::new(0x8000_1000)), 0x1122_3344);
    memory.fill(Spa::new(0x8000_0ff0), 0x2000, 0xa5);
    assert_eq!(memory.read_u8(Spa::new(0x8000_2fef)), 0xa5);
    assert_eq!(memory.read_u8(Spa::new(0x8000_2ff0)), 0);
}

#[test]
fn the_bus_writes_strobed_bytes_and_reads_its_lanes() {
    let mut memory = Memory::new();
    memory.write_u64(Spa::new(0x1008), u64::MAX);
    assert_eq!(store(&mut memory, 0x1000, 0xab << 80, 1 << 10), Resp::Okay);
    assert_eq!(memory.read_u64(Spa::new(0x1008)), 0xffff_ffff_ffab_ffff);
    let beat = memory.bus_read(&place(0x1008, 3));
    assert_eq!(beat.data, 0xffff_ffff_ffab_ffff << 64);
    let beat = memory.bus_read(&place(0x100a, 1));
    assert_eq!(beat.data, 0xffab << 80);
}

#[test]
fn ranges_answer_with_errors_and_poison() {
    let mut memory = Memory::new();
    memory.set_attributes(
        Spa::new(0x2000)..Spa::new(0x2010),
        Attributes::error(Resp::SlvErr),
    );
    memory.set_attributes(Spa::new(0x2010)..Spa::new(0x2018), Attributes::POISON);
    assert_eq!(store(&mut memory, 0x2000, 1, 0xffff), Resp::SlvErr);
    assert_eq!(memory.read_u64(Spa::new(0x2000)), 0);
    assert_eq!(memory.bus_read(&place(0x2008, 3)).resp, Resp::SlvErr);
    assert!(memory.bus_read(&place(0x2010, 3)).poison);
    assert!(memory.bus_read(&place(0x2010, 4)).poison);
    assert!(!memory.bus_read(&place(0x2018, 3)).poison);
}

#[test]
fn any_write_to_its_bytes_ends_a_reservation() {
    let mut memory = Memory::new();
    assert!(memory.reserve(PORT, 3, 0x3008, 8));
    assert!(memory.claim(PORT, 3, 0x3008, 8));
    assert!(!memory.claim(PORT, 3, 0x3008, 8), "it was used up");

    assert!(memory.reserve(PORT, 3, 0x3008, 8));
    memory.write_u64(Spa::new(0x3000), 1);
    assert!(memory.claim(PORT, 3, 0x3008, 8), "other bytes");

    assert!(memory.reserve(PORT, 3, 0x3008, 8));
    store(&mut memory, 0x3000, 0, 1 << 15);
    assert!(!memory.claim(PORT, 3, 0x3008, 8), "its last byte");

    assert!(memory.reserve(PORT, 3, 0x3008, 8));
    assert!(!memory.claim(PORT, 4, 0x3008, 8), "another id");
    assert!(!memory.claim(PORT, 3, 0x3008, 4), "another size");

    let range = Spa::new(0x4000)..Spa::new(0x5000);
    memory.set_attributes(range, Attributes::NO_EXCLUSIVE);
    assert!(!memory.reserve(PORT, 3, 0x4000, 8));
}

#[test]
fn the_journal_has_what_is_watched() {
    let mut memory = Memory::new();
    memory.watch(Spa::new(0x1000)..Spa::new(0x1010));
    store(&mut memory, 0x1000, 1, 1);
    store(&mut memory, 0x1010, 2, 1);
    let seen: Vec<_> = memory.drain_journal().collect();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].clock, seen[0].data), (Clock(7), 1));
    memory.watch_all();
    store(&mut memory, 0x1010, 2, 1);
    assert_eq!(memory.journal().len(), 1);
}

#[test]
fn a_dump_loads_to_the_same_contents() {
    let mut memory = Memory::new();
    memory.write(Spa::new(0xfff), b"sally port");
    memory.write(Spa::new(0x9_0000_0000), b"gate");
    memory.fill(Spa::new(0x7000), 0x1000, 0);
    let mut dump = Vec::new();
    memory.dump(&mut dump).unwrap();
    let mut copy = Memory::new();
    copy.load(&dump[..]).unwrap();
    assert_eq!(copy.digest(), memory.digest());
    let sum = |m: &Memory| m.checksum(Spa::new(0xf00), 0x2000);
    assert_eq!(sum(&copy), sum(&memory));
    copy.write_u8(Spa::new(0x1000), b'A');
    assert_ne!(copy.digest(), memory.digest());
    assert_ne!(sum(&copy), sum(&memory));

    let mut other = Memory::new();
    assert!(matches!(
        other.load(&b"notadump"[..]),
        Err(LoadError::Magic)
    ));
    dump.pop();
    assert!(matches!(other.load(&dump[..]), Err(LoadError::Io(_))));
}
