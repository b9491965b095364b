// SPDX-License-Identifier: Apache-2.0
//! A driver of the NVMe controller, as far as the tests need one.

use crate::machine::{Function, Ram};
use sallyport_driver::Memory;
use sallyport_formats::Spa;

/// Entries of each queue.
pub const ENTRIES: u32 = 8;

/// Numbers of the queues.
pub const ADMIN: usize = 0;
pub const IO: usize = 1;

/// A submission queue entry as words.
pub type Words = [u32; 16];

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    pub id: u16,
    /// Type and code of the status: 0x0tcc.
    pub status: u16,
    pub result: u32,
}

/// A submission and a completion queue of the same number.
struct Pair {
    submission: Spa,
    completion: Spa,
    tail: u32,
    head: u32,
    phase: bool,
}

/// A controller that is enabled.
pub struct Controller {
    pub function: Function,
    pairs: [Pair; 2],
    /// What is added to a physical address.
    offset: u64,
    ids: u16,
}

impl Controller {
    /// Enables the controller, with admin queues in the first two of four pages from
    /// `at` on.
    pub fn enable(mut function: Function, at: Spa, offset: u64) -> Self {
        let page = |n: u64| Spa::new(at.raw() + 0x1000 * n);
        let pair = |first| Pair {
            submission: page(first),
            completion: page(first + 1),
            tail: 0,
            head: 0,
            phase: true,
        };
        let pairs = [pair(0), pair(2)];
        function.put32(0x24, (ENTRIES - 1) << 16 | (ENTRIES - 1));
        function.put64(0x28, pairs[ADMIN].submission.raw() + offset);
        function.put64(0x30, pairs[ADMIN].completion.raw() + offset);
        function.put32(0x14, 0x0046_0001);
        function.until(0x1c, |csts| csts == 1);
        Self {
            function,
            pairs,
            offset,
            ids: 0,
        }
    }

    /// The address that the controller knows this one by.
    pub fn iova(&self, at: Spa) -> u64 {
        at.raw() + self.offset
    }

    /// Queues a command, without telling.
    pub fn queue(&mut self, ram: &mut Ram, queue: usize, mut words: Words) -> u16 {
        let id = self.ids;
        self.ids += 1;
        words[0] |= u32::from(id) << 16;
        let pair = &mut self.pairs[queue];
        let at = pair.submission.raw() + 64 * u64::from(pair.tail);
        for (n, word) in (0..).zip(words) {
            ram.write32(Spa::new(at + 4 * n), word);
        }
        pair.tail = (pair.tail + 1) % ENTRIES;
        id
    }

    /// Tells of what was queued.
    pub fn ring(&mut self, queue: usize) {
        let tail = self.pairs[queue].tail;
        self.function.put32(0x1000 + 8 * queue as u64, tail);
    }

    /// Takes the next completion: waits for the interrupt first.
    pub fn next(&mut self, ram: &Ram, queue: usize) -> Ended {
        let pair = &mut self.pairs[queue];
        let at = pair.completion.raw() + 16 * u64::from(pair.head);
        let word = |n: u64| ram.read32(Spa::new(at + 4 * n));
        while (word(3) >> 16 & 1 == 1) != pair.phase {
            self.function.interrupt(queue);
        }
        assert_eq!(word(2) >> 16, queue as u32, "the queue that it came by");
        let ended = Ended {
            id: word(3) as u16,
            status: (word(3) >> 17) as u16 & 0x7ff,
            result: word(0),
        };
        pair.head = (pair.head + 1) % ENTRIES;
        pair.phase ^= pair.head == 0;
        let head = pair.head;
        self.function.put32(0x1004 + 8 * queue as u64, head);
        ended
    }

    /// A command, from begin to end.
    pub fn run(&mut self, ram: &mut Ram, queue: usize, words: Words) -> Ended {
        let id = self.queue(ram, queue, words);
        self.ring(queue);
        let ended = self.next(ram, queue);
        assert_eq!(ended.id, id);
        ended
    }

    /// The same of a command that must succeed.
    pub fn done(&mut self, ram: &mut Ram, queue: usize, words: Words) -> u32 {
        let ended = self.run(ram, queue, words);
        assert_eq!(ended.status, 0, "{words:x?}");
        ended.result
    }

    /// Makes the I/O queues, which interrupt by vector 1.
    pub fn create_queues(&mut self, ram: &mut Ram) {
        let shape = (ENTRIES - 1) << 16 | IO as u32;
        let completion = self.iova(self.pairs[IO].completion);
        let words = command(0x05, 0, completion, 0, [shape, 1 << 16 | 3, 0]);
        self.done(ram, ADMIN, words);
        let submission = self.iova(self.pairs[IO].submission);
        let words = command(0x01, 0, submission, 0, [shape, 1 << 16 | 1, 0]);
        self.done(ram, ADMIN, words);
    }
}

/// A command: opcode, namespace, PRP entries, command dwords 10 to 12.
pub fn command(opcode: u8, namespace: u32, prp1: u64, prp2: u64, words: [u32; 3]) -> Words {
    let mut all = [0; 16];
    all[0] = opcode.into();
    all[1] = namespace;
    (all[6], all[7]) = (prp1 as u32, (prp1 >> 32) as u32);
    (all[8], all[9]) = (prp2 as u32, (prp2 >> 32) as u32);
    all[10..13].copy_from_slice(&words);
    all
}

/// A read (2) or write (1) of `blocks` blocks from `first` on.
pub fn transfer(opcode: u8, first: u32, blocks: u32, prp1: u64, prp2: u64) -> Words {
    command(opcode, 1, prp1, prp2, [first, 0, blocks - 1])
}
