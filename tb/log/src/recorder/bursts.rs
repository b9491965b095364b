// SPDX-License-Identifier: Apache-2.0
//! `mem_axi` put together to whole bursts.

use std::collections::{BTreeMap, VecDeque};

use sallyport_bus::Resp;
use sallyport_formats::Spa;
use sallyport_sim::{AxPins, ManagerPins, SubordinatePins};

/// What passed in one clock, as far as somebody wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The address of a read.
    ReadOut { ax: AxPins },
    /// A word of a read; those of a command are acted on before the burst ends.
    Word {
        id: u8,
        address: Spa,
        /// The word, unless it is an error or poisoned.
        word: Option<u64>,
    },
    /// The last word of a read.
    ReadBack {
        id: u8,
        words: Vec<u64>,
        response: Resp,
        poisoned: bool,
    },
    /// The address of a write, with its data.
    WriteOut {
        id: u8,
        address: Spa,
        words: Vec<u64>,
    },
    /// The acknowledgement of the oldest write of this ID.
    WriteBack { id: u8, response: Resp },
}

/// A read under way.
#[derive(Debug)]
struct Read {
    address: Spa,
    words: Vec<u64>,
    response: Resp,
    poisoned: bool,
}

/// Bursts of 64-bit words under way on `mem_axi`.
#[derive(Debug)]
pub(super) struct Bursts {
    /// A beat is wider than a word: words travel in the lane of their address.
    wide: bool,
    reads: BTreeMap<u8, VecDeque<Read>>,
    /// Writes whose data has not all passed.
    addresses: VecDeque<AxPins>,
    /// Data whose address has not passed.
    data: VecDeque<Vec<[u64; 2]>>,
    /// Data of the burst that passes now.
    partial: Vec<[u64; 2]>,
}

impl Bursts {
    pub(super) fn new(wide: bool) -> Self {
        Self {
            wide,
            reads: BTreeMap::new(),
            addresses: VecDeque::new(),
            data: VecDeque::new(),
            partial: Vec::new(),
        }
    }

    pub(super) fn reset(&mut self) {
        *self = Self::new(self.wide);
    }

    /// One clock; `event` is called in the order of what causes what.
    pub(super) fn clock(
        &mut self,
        m: &ManagerPins,
        s: &SubordinatePins,
        mut event: impl FnMut(Event),
    ) {
        if m.ar.valid && s.ar_ready {
            self.reads.entry(m.ar.id).or_default().push_back(Read {
                address: Spa::new(m.ar.addr),
                words: Vec::new(),
                response: Resp::Okay,
                poisoned: false,
            });
            event(Event::ReadOut { ax: m.ar });
        }
        if s.r.valid && m.r_ready {
            self.read_data(s, &mut event);
        }
        if m.w.valid && s.w_ready {
            self.partial.push(m.w.data);
            if m.w.last {
                self.data.push_back(std::mem::take(&mut self.partial));
            }
        }
        if m.aw.valid && s.aw_ready {
            self.addresses.push_back(m.aw);
        }
        while let (Some(_), Some(_)) = (self.addresses.front(), self.data.front()) {
            let (Some(ax), Some(beats)) = (self.addresses.pop_front(), self.data.pop_front())
            else {
                break;
            };
            let words = (0..)
                .zip(beats)
                .map(|(n, beat)| self.word(ax.addr, n, beat));
            event(Event::WriteOut {
                id: ax.id,
                address: Spa::new(ax.addr),
                words: words.collect(),
            });
        }
        if s.b.valid && m.b_ready {
            event(Event::WriteBack {
                id: s.b.id,
                response: Resp::from_bits(s.b.resp),
            });
        }
    }

    fn read_data(&mut self, s: &SubordinatePins, event: &mut impl FnMut(Event)) {
        let Some(queue) = self.reads.get_mut(&s.r.id) else {
            return;
        };
        let Some(read) = queue.front_mut() else {
            return;
        };
        let count = read.words.len() as u64;
        let word = s.r.data[lane(self.wide, read.address.raw(), count)];
        read.words.push(word);
        let response = Resp::from_bits(s.r.resp);
        event(Event::Word {
            id: s.r.id,
            address: Spa::new(read.address.raw() + 8 * count),
            word: (!response.is_error() && !s.r.poison).then_some(word),
        });
        if !read.response.is_error() {
            read.response = response;
        }
        read.poisoned |= s.r.poison;
        if s.r.last
            && let Some(read) = queue.pop_front()
        {
            event(Event::ReadBack {
                id: s.r.id,
                words: read.words,
                response: read.response,
                poisoned: read.poisoned,
            });
        }
    }

    fn word(&self, address: u64, n: u64, beat: [u64; 2]) -> u64 {
        beat[lane(self.wide, address, n)]
    }
}

/// Where word `n` of a burst from `address` travels.
fn lane(wide: bool, address: u64, n: u64) -> usize {
    if wide {
        ((address / 8 + n) % 2) as usize
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sallyport_sim::{BPins, RPins, WPins};

    fn run(bursts: &mut Bursts, m: ManagerPins, s: SubordinatePins) -> Vec<Event> {
        let mut events = Vec::new();
        bursts.clock(&m, &s, |e| events.push(e));
        events
    }

    #[test]
    fn words_of_a_wide_bus_stand_in_the_lane_of_their_address() {
        let mut bursts = Bursts::new(true);
        let ar = AxPins {
            valid: true,
            id: 3,
            addr: 0x1008,
            len: 1,
            ..AxPins::default()
        };
        let m = ManagerPins {
            ar,
            r_ready: true,
            ..ManagerPins::default()
        };
        let s = SubordinatePins {
            ar_ready: true,
            ..SubordinatePins::default()
        };
        assert_eq!(run(&mut bursts, m, s), [Event::ReadOut { ax: ar }]);
        let mut beat = |data, last, poison| {
            let r = RPins {
                valid: true,
                id: 3,
                data,
                last,
                poison,
                ..RPins::default()
            };
            let m = ManagerPins {
                r_ready: true,
                ..ManagerPins::default()
            };
            let s = SubordinatePins {
                r,
                ..SubordinatePins::default()
            };
            run(&mut bursts, m, s)
        };
        let word = |address, word| Event::Word {
            id: 3,
            address: Spa::new(address),
            word,
        };
        assert_eq!(beat([1, 2], false, true), [word(0x1008, None)]);
        let back = Event::ReadBack {
            id: 3,
            words: vec![2, 3],
            response: Resp::Okay,
            poisoned: true,
        };
        assert_eq!(beat([3, 4], true, false), [word(0x1010, Some(3)), back]);
        assert_eq!(
            beat([3, 4], true, false),
            [],
            "a beat that nobody asked for"
        );
    }

    #[test]
    fn data_may_come_before_its_address() {
        let mut bursts = Bursts::new(false);
        let ready = SubordinatePins {
            aw_ready: true,
            w_ready: true,
            ..SubordinatePins::default()
        };
        let w = WPins {
            valid: true,
            data: [7, 0],
            strb: 0xff,
            last: true,
        };
        let m = ManagerPins {
            w,
            ..ManagerPins::default()
        };
        assert_eq!(run(&mut bursts, m, ready), []);
        let m = ManagerPins {
            aw: AxPins {
                valid: true,
                id: 9,
                addr: 0x40,
                ..AxPins::default()
            },
            b_ready: true,
            ..ManagerPins::default()
        };
        let out = Event::WriteOut {
            id: 9,
            address: Spa::new(0x40),
            words: vec![7],
        };
        assert_eq!(run(&mut bursts, m, ready), [out]);
        let m = ManagerPins {
            b_ready: true,
            ..ManagerPins::default()
        };
        let s = SubordinatePins {
            b: BPins {
                valid: true,
                id: 9,
                resp: 1,
            },
            ..ready
        };
        let back = Event::WriteBack {
            id: 9,
            response: Resp::ExOkay,
        };
        assert_eq!(run(&mut bursts, m, s), [back]);
    }
}
