// SPDX-License-Identifier: Apache-2.0
//! Transactions put together from clocks that are made up.

use std::io::Write;
use std::sync::{Arc, Mutex};

use sallyport_sim::{AxPins, AxiInputs, AxiOutputs, BPins, Build, RPins, TracePins, WPins};

use super::{ClockView, Recorder};
use crate::{Line, LogReader, MemoryAccessKind, Outcome, tree};

/// What was written so far.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Play {
    recorder: Recorder,
    written: Written,
    now: u64,
}

impl Play {
    fn new() -> Self {
        let written = Written::default();
        Self {
            recorder: Recorder::new(Build::Default).writing(written.clone()),
            written,
            now: 100,
        }
    }

    /// A clock with every ready up, and what `set` adds.
    fn clock(&mut self, set: impl FnOnce(&mut AxiInputs, &mut AxiOutputs)) {
        let mut inputs = AxiInputs::default();
        let mut outputs = AxiOutputs::default();
        for port in [&mut inputs.out, &mut inputs.memory, &mut outputs.device] {
            port.ar_ready = true;
            port.aw_ready = true;
            port.w_ready = true;
        }
        for port in [&mut inputs.device, &mut outputs.out, &mut outputs.memory] {
            port.r_ready = true;
            port.b_ready = true;
        }
        set(&mut inputs, &mut outputs);
        self.recorder
            .clock(self.now, &ClockView::axi(&inputs, &outputs));
        self.now += 1;
    }

    fn trace(&mut self, trace: TracePins) {
        self.clock(|_, o| o.trace = trace);
    }

    fn idle(&mut self, clocks: u64) {
        (0..clocks).for_each(|_| self.clock(|_, _| ()));
    }

    /// A read of `device` 5 with ID 2, accepted under `tag`, that misses.
    fn miss(&mut self, tag: u8, iova: u64) {
        self.clock(|i, o| {
            i.device.ar = ax(2, iova, 5);
            o.trace.accept = true;
            o.trace.accept_tag = tag;
        });
        self.trace(TracePins {
            lookup: true,
            lookup_tag: tag,
            ..TracePins::default()
        });
    }

    fn start(&mut self, row: u8, tag: u8) {
        self.trace(TracePins {
            start: true,
            start_row: row,
            start_tag: tag,
            ..TracePins::default()
        });
    }

    /// A read of the walk in `row`.
    fn read(&mut self, row: u8, address: u64, words: &[u64], lock: bool, resp: u8) {
        self.clock(|_, o| {
            let len = words.len() as u8 - 1;
            o.memory.ar = AxPins {
                len,
                lock,
                ..ax(row, address, 0)
            };
        });
        for (n, &word) in (1..).zip(words) {
            self.clock(|i, _| {
                i.memory.r = RPins {
                    valid: true,
                    id: row,
                    data: [word, 0],
                    resp,
                    last: n == words.len(),
                    poison: false,
                };
            });
        }
    }

    fn write(&mut self, id: u8, address: u64, words: &[u64], resp: u8) {
        for (n, &word) in (1..).zip(words) {
            self.clock(|_, o| {
                if n == words.len() {
                    o.memory.aw = ax(id, address, 0);
                }
                o.memory.w = WPins {
                    valid: true,
                    data: [word, 0],
                    strb: 0xff,
                    last: n == words.len(),
                };
            });
        }
        self.clock(|i, _| {
            i.memory.b = BPins {
                valid: true,
                id,
                resp,
            };
        });
    }

    fn answer(&mut self, tag: u8, fault: bool) {
        self.trace(TracePins {
            answer: true,
            answer_tag: tag,
            answer_fault: fault,
            ..TracePins::default()
        });
    }

    /// The translated read leaves, and its data comes back.
    fn complete(&mut self, address: u64) {
        self.clock(|_, o| o.out.ar = ax(2, address, 5));
        self.respond(0);
    }

    /// The device gets its last R.
    fn respond(&mut self, resp: u8) {
        self.clock(|_, o| {
            o.device.r = RPins {
                valid: true,
                id: 2,
                resp,
                last: true,
                ..RPins::default()
            };
        });
    }

    fn lines(&mut self) -> Vec<Line> {
        self.recorder.finish().unwrap();
        let bytes = self.written.0.lock().unwrap();
        LogReader::new("log", bytes.as_slice())
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }
}

fn ax(id: u8, addr: u64, user: u64) -> AxPins {
    AxPins {
        valid: true,
        id,
        addr,
        size: 3,
        burst: 1,
        user,
        ..AxPins::default()
    }
}

/// A context with SADE: Sv39, root on page 0x90.
const CONTEXT: [u64; 4] = [0x101, 0, 0, 8 << 60 | 0x90];

#[test]
fn a_miss_a_merge_and_a_hit() {
    let mut play = Play::new();
    play.miss(7, 0x1040);
    play.start(3, 7);
    play.read(3, 0x8_00a0, &CONTEXT, false, 0);
    play.read(3, 0x9_0000, &[0xa0 << 10 | 1], false, 0);
    play.miss(8, 0x1048);
    play.trace(TracePins {
        merge: true,
        merge_row: 3,
        merge_tag: 8,
        ..TracePins::default()
    });
    play.read(3, 0xa_0000, &[0xb0 << 10 | 1], false, 0);
    play.read(3, 0xb_0008, &[0xc0 << 10 | 0x53], false, 0);
    play.answer(7, false);
    play.clock(|_, o| {
        o.trace.answer = true;
        o.trace.answer_tag = 8;
        o.trace.finish = true;
        o.trace.finish_row = 3;
        o.out.ar = ax(2, 0xc_0040, 5);
    });
    play.complete(0xc_0048);
    play.respond(0);
    let first = play.recorder.transactions().next().unwrap();
    let expected = "\
transaction 1: read by device 0x000005 at 0x1040, 8 bytes, AXI ID 2
             100  accepted
             101  lookup: device context miss, translation miss
             102  walk 1 began in row 3
        103..107    read 0x800a0 = 4 doublewords: device context: V SADE, iosatp Sv39 at 0x90000, PSCID 0x00000
        108..109    read 0x90000 = 0x0000000000028001: PTE level 2: pointer to 0xa0000
        113..114    read 0xa0000 = 0x000000000002c001: PTE level 1: pointer to 0xb0000
        115..116    read 0xb0008 = 0x0000000000030053: PTE level 0: leaf, R U A, page 4 KiB at 0xc0000
             117  answered: 0xc0040, PMA
";
    let shown = tree(first).replace("translated to", "answered:");
    assert!(shown.starts_with(expected), "{shown}");

    // A page that shares the upper tables: the walk cache gives level 0.
    play.miss(7, 0x2040);
    play.start(3, 7);
    play.read(3, 0xb_0010, &[0xd0 << 10 | 0x53], false, 0);
    play.answer(7, false);
    play.complete(0xd_0040);
    play.clock(|i, o| {
        i.device.ar = ax(2, 0x2048, 5);
        o.trace.accept = true;
        o.trace.accept_tag = 9;
    });
    play.trace(TracePins {
        lookup: true,
        lookup_tag: 9,
        lookup_device: true,
        lookup_hit: true,
        ..TracePins::default()
    });
    play.clock(|_, o| {
        o.trace.answer = true;
        o.trace.answer_tag = 9;
        o.out.ar = AxPins {
            cache: 2,
            ..ax(2, 0xd_0048, 5)
        };
    });
    play.respond(0);

    let lines = play.lines();
    let transactions: Vec<_> = lines
        .into_iter()
        .map(|line| match line {
            Line::Transaction(transaction) => transaction,
            other => panic!("{other:?}"),
        })
        .collect();
    let [_, merged, cached, hit] = transactions.try_into().unwrap();
    assert_eq!(merged.walks[0].merged_into, Some(1));
    assert_eq!(merged.outcome, Outcome::Translated);
    assert!(tree(&merged).contains("joined walk 1 in row 3, of transaction 1\n"));
    assert_eq!(cached.walks[0].walk_cache_level, Some(0));
    assert!(tree(&cached).contains("walk cache hit: begins with the table of level 0"));
    assert!(hit.walks.is_empty());
    assert!(tree(&hit).contains("translation hit\n"));
    assert!(tree(&hit).contains("translated to 0xd0048, NC\n"));
}

#[test]
fn a_refused_request_waits_for_its_record() {
    let mut play = Play::new();
    play.miss(7, 0x1040);
    play.start(3, 7);
    play.read(3, 0x9_0000, &[0], false, 0);
    play.answer(7, true);
    play.respond(2);
    assert_eq!(play.recorder.transactions().count(), 0);
    play.write(0x42, 0x7000, &[2 << 34 | 13, 0, 0x1040, 0], 0);
    play.write(0x42, 0x7020, &[2 << 34 | 13, 0, 0x1040, 0], 0);
    play.write(0x42, 0x7020, &[5 << 40 | 2 << 34 | 13, 0, 0x1040, 0], 0);
    let transaction = play.recorder.transactions().next().unwrap();
    assert_eq!(transaction.outcome, Outcome::Refused);
    assert_eq!(transaction.record.as_ref().unwrap().cause, 13);
    let text = tree(transaction);
    assert!(text.contains(": PTE level 2: not valid\n") || text.contains(": PTE: not valid\n"));
    assert!(text.contains("cause 13 (read page fault), TTYP 2, iotval 0x1040\n"));
    // A record that nobody waits for has a line of its own.
    let lines = play.lines();
    assert!(matches!(&lines[0], Line::Record(r) if r.device_id.raw() == 0));
    assert_eq!(lines.len(), 3);
}

#[test]
fn a_refused_request_without_a_record_is_written_in_the_end() {
    let mut play = Play::new();
    play.miss(7, 0x1040);
    play.answer(7, true);
    play.respond(2);
    play.idle(1_990);
    assert_eq!(play.recorder.transactions().count(), 0);
    play.idle(20);
    let transaction = play.recorder.transactions().next().unwrap();
    assert!(tree(transaction).contains("no fault record was seen\n"));
}

#[test]
fn an_update_is_a_pair_of_accesses_that_may_be_tried_again() {
    let mut play = Play::new();
    play.miss(7, 0x1040);
    play.start(3, 7);
    let (clean, accessed) = (0xc0 << 10 | 0x13, 0xc0 << 10 | 0x53);
    play.read(3, 0xb_0008, &[clean], false, 0);
    for resp in [0, 1] {
        play.read(3, 0xb_0008, &[clean], true, 1);
        play.write(3, 0xb_0008, &[accessed], resp);
    }
    play.answer(7, false);
    play.complete(0xc_0040);
    let transaction = play.recorder.transactions().next().unwrap();
    let kinds: Vec<_> = transaction.walks[0]
        .accesses
        .iter()
        .map(|a| (a.kind, a.response.as_deref().unwrap()))
        .collect();
    use MemoryAccessKind::{ExclusiveRead, ExclusiveWrite, Read};
    let expected = [
        (Read, "OKAY"),
        (ExclusiveRead, "EXOKAY"),
        (ExclusiveWrite, "OKAY"),
        (ExclusiveRead, "EXOKAY"),
        (ExclusiveWrite, "EXOKAY"),
    ];
    assert_eq!(kinds, expected);
    assert!(tree(transaction).contains("not made, somebody else wrote first\n"));
}

#[test]
fn a_burst_that_no_bus_can_carry_has_no_tag() {
    let mut play = Play::new();
    play.clock(|i, _| i.device.ar = ax(2, 0x1ffc, 5));
    play.respond(2);
    let lines = play.lines();
    let Line::Transaction(transaction) = &lines[0] else {
        panic!("{lines:?}");
    };
    assert_eq!(transaction.outcome, Outcome::Unsupported);
    assert_eq!(transaction.response.as_deref(), Some("SLVERR"));
    assert!(tree(transaction).contains("the burst is unsupported"));
}

#[test]
fn what_is_under_way_can_be_seen_and_ends_with_a_reset() {
    let mut play = Play::new();
    play.miss(7, 0x1040);
    play.start(3, 7);
    play.clock(|_, o| o.memory.ar = ax(3, 0xb_0008, 0));
    let text = tree(&play.recorder.in_flight().next().unwrap());
    assert!(text.contains("103..    read 0xb0008: PTE"), "{text}");
    play.recorder.reset(200);
    let lines = play.lines();
    assert!(matches!(&lines[0], Line::Transaction(t) if t.outcome == Outcome::Unfinished));
    assert!(matches!(&lines[1], Line::Reset(r) if r.clock == 200));
}

#[test]
fn commands_and_writes_of_ddtp_have_lines_of_their_own() {
    let mut play = Play::new();
    play.clock(|i, o| {
        i.registers.aw_valid = true;
        i.registers.aw_addr = 0x10;
        i.registers.w_valid = true;
        i.registers.w_data = 2;
        i.registers.w_strb = 0xff;
        o.registers.aw_ready = true;
        o.registers.w_ready = true;
    });
    let inval = TracePins {
        inval: true,
        ..TracePins::default()
    };
    play.trace(inval);
    // IODIR.INVAL_DDT, and a fence that writes.
    let fence = 1 << 32 | 1 << 10 | 2;
    play.read(0x40, 0x5000, &[3, 0, fence, 0x40], false, 0);
    play.trace(inval);
    play.write(0x41, 0x100, &[1], 0);
    let lines = play.lines();
    assert!(matches!(&lines[0], Line::Invalidation(i) if i.command == "write of ddtp"));
    let all = "IODIR.INVAL_DDT all devices";
    assert!(matches!(&lines[1], Line::Invalidation(i) if i.command == all));
    let written = "IOFENCE.C, DATA 0x1 to 0x100";
    assert!(
        matches!(&lines[2], Line::Fence(f) if f.command == written && f.written == Some(109)),
        "{lines:?}"
    );
}
