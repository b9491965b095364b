// SPDX-License-Identifier: Apache-2.0
//! The packet that makes a request, of any length, alignment and byte enables, and
//! the bursts that have to come of it.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use sallyport_bus::{AxBeat, Burst, WBeat, Width};
use sallyport_formats::Iova;
use sallyport_model::{Access, Request, RequestKind};
use sallyport_tlp::{AddressType, Body, Endpoint, Manner, MemoryWrite, Pasid, Tag, Tlp, Traffic};

/// Bytes between two places where a completion ends.
const PART: u64 = 128;

/// AxPROT of privileged accesses and of those for execution.
const PRIVILEGED: u8 = 1;
const INSTRUCTION: u8 = 4;

/// A packet without its tag, and what it asks for.
pub struct Draft {
    form: Form,
    request: Request,
    pasid: Option<Pasid>,
    traffic: Traffic,
    pub parts: Vec<Part>,
}

/// What kind of packet it is.
enum Form {
    Translation { most: u16 },
    Read(Words),
    Write(Words, Vec<u8>),
}

/// Doublewords in a page.
struct Words {
    page: u64,
    /// Offset of the first one.
    base: u64,
    dwords: u16,
    /// First DW BE and Last DW BE.
    enables: [u8; 2],
}

/// A packet and what it asks for.
pub struct Packet {
    pub tlp: Tlp,
    /// Of what is answered.
    pub tag: Option<Tag>,
    pub parts: Vec<Part>,
}

/// What the core is asked, and the burst that leaves if it agrees.
#[derive(Clone, Debug)]
pub struct Part {
    pub request: Request,
    /// Doublewords of its completion.
    pub dwords: u16,
    /// As the burst leaves, but for address, memory type and id.
    pub burst: AxBeat,
    /// Of a write; bytes that are not enabled are 0.
    pub data: Vec<WBeat>,
}

impl Draft {
    /// A random packet for the request. It expresses execution and privilege only
    /// with a process.
    pub fn new(request: &Request, width: Width, rng: &mut ChaCha8Rng) -> Self {
        let mut request = *request;
        if request.process_id.is_none() {
            request.privileged = false;
            if request.access == Access::Execute {
                request.access = Access::Read;
            }
        }
        let write = request.access == Access::Write;
        let pasid = request.process_id.map(|process_id| Pasid {
            process_id,
            privileged: request.privileged,
            // Means nothing with a write.
            execute: request.access == Access::Execute || write && rng.random(),
        });
        let traffic = Traffic {
            class: if rng.random_range(0..4) == 0 {
                rng.random_range(0..8)
            } else {
                0
            },
            relaxed: rng.random(),
            no_snoop: rng.random_range(0..8) == 0,
            id_ordered: rng.random(),
            poisoned: false,
        };
        let (form, mut parts) = if request.kind == RequestKind::TranslationRequest {
            request.iova = Iova::new(request.iova.raw() & !3);
            translation(request, rng)
        } else {
            let words = Words::new(request.iova.raw(), write, rng);
            if write {
                words.write(&request, width, rng)
            } else {
                words.read(&request, width)
            }
        };
        for part in &mut parts {
            part.burst.qos = traffic.class;
            part.burst.cache = if traffic.no_snoop { 0b0010 } else { 0b1110 };
        }
        Self {
            form,
            request,
            pasid,
            traffic,
            parts,
        }
    }

    /// Whether it needs a tag: all but writes do.
    pub const fn is_answered(&self) -> bool {
        !matches!(self.form, Form::Write(..))
    }

    /// The packet of this requester, which has a tag left if it needs one.
    pub fn packet(self, endpoint: &mut Endpoint, rng: &mut ChaCha8Rng) -> Packet {
        let manner = Manner {
            address_type: match self.request.kind {
                RequestKind::Translated => AddressType::Translated,
                _ => AddressType::Untranslated,
            },
            pasid: self.pasid,
        };
        let (tag, mut tlp) = match self.form {
            Form::Translation { most } => {
                let (at, no_write) = (self.request.iova.raw(), self.request.no_write);
                let (tag, tlp) = endpoint.translate(at, most, no_write, self.pasid);
                (Some(tag), tlp)
            }
            Form::Read(words) => {
                let (tag, tlp) =
                    endpoint.read_words(words.address(), words.dwords, words.enables, manner);
                (Some(tag), tlp)
            }
            Form::Write(words, payload) => {
                let [first_be, last_be] = words.enables;
                let write = MemoryWrite {
                    requester: endpoint.id(),
                    tag: Tag::new(rng.random_range(0..Tag::COUNT)).unwrap_or_default(),
                    address_type: manner.address_type,
                    address: words.address(),
                    first_be,
                    last_be,
                    payload,
                };
                let tlp = Tlp::from(Body::MemoryWrite(write)).with_pasid(self.pasid);
                (None, tlp)
            }
        };
        tlp.traffic = self.traffic;
        Packet {
            tlp,
            tag,
            parts: self.parts,
        }
    }
}

fn translation(request: Request, rng: &mut ChaCha8Rng) -> (Form, Vec<Part>) {
    let part = Part {
        request,
        dwords: 2,
        burst: AxBeat::default(),
        data: Vec::new(),
    };
    let most = rng.random_range(1..=4);
    (Form::Translation { most }, vec![part])
}

impl Words {
    /// Doublewords and byte enables, from the first byte of an access on, within its
    /// page.
    fn new(at: u64, write: bool, rng: &mut ChaCha8Rng) -> Self {
        let (page, at) = (at & !0xfff, at & 0xfff);
        let words = |base, dwords, enables| Self {
            page,
            base,
            dwords,
            enables,
        };
        let base = at & !3;
        match rng.random_range(0..16) {
            // Any bytes of a doubleword, none among them.
            0 => return words(base, 1, [rng.random_range(0..16), 0]),
            // Of two in a quadword.
            1 => {
                let enables = [rng.random_range(1..16), rng.random_range(1..16)];
                return words(at & !7, 2, enables);
            }
            _ => {}
        }
        let most = match rng.random_range(0..8) {
            0..3 => 8,
            3..6 => 64,
            6 => 512,
            _ if write => 512,
            _ => 4096,
        };
        let fits = 0x1000 - at;
        // The first doubleword is part of the payload.
        let fits = if write {
            fits.min(512 - (at & 3))
        } else {
            fits
        };
        let length = rng.random_range(1..=most.min(fits));
        let end = at + length;
        let dwords = (end - base).div_ceil(4);
        let first = 0xf << (at & 3) & 0xf;
        let last = 0xf >> (base + 4 * dwords - end) as u8;
        if dwords == 1 {
            words(base, 1, [first & last, 0])
        } else {
            words(base, dwords as u16, [first, last])
        }
    }

    const fn address(&self) -> u64 {
        self.page | self.base
    }

    /// The offset behind the last one.
    const fn end(&self) -> u64 {
        self.base + 4 * self.dwords as u64
    }

    /// The offset of the first byte that is enabled, or of the first one of all.
    fn first(&self) -> u64 {
        match self.enables[0] {
            0 => self.base,
            enables => self.base + u64::from(enables.trailing_zeros()),
        }
    }

    fn read(self, request: &Request, width: Width) -> (Form, Vec<Part>) {
        let mut parts = Vec::new();
        let mut at = self.base;
        while at < self.end() {
            let next = (at - at % PART + PART).min(self.end());
            let first = if at == self.base { self.first() } else { at };
            parts.push(part(
                request,
                self.page,
                [at, first, next],
                width,
                Vec::new(),
            ));
            at = next;
        }
        (Form::Read(self), parts)
    }

    fn write(self, request: &Request, width: Width, rng: &mut ChaCha8Rng) -> (Form, Vec<Part>) {
        let payload: Vec<u8> = (0..4 * self.dwords).map(|_| rng.random()).collect();
        let lanes = usize::from(width.bytes());
        let shift = self.base as usize % lanes;
        let mut beats = vec![WBeat::default(); (shift + payload.len()).div_ceil(lanes)];
        for (n, byte) in payload.iter().enumerate().filter(|(n, _)| self.enabled(*n)) {
            let (beat, lane) = ((shift + n) / lanes, (shift + n) % lanes);
            beats[beat].strb |= 1 << lane;
            beats[beat].data |= u128::from(*byte) << (8 * lane);
        }
        if let Some(last) = beats.last_mut() {
            last.last = true;
        }
        let place = [self.base, self.first(), self.end()];
        let parts = vec![part(request, self.page, place, width, beats)];
        (Form::Write(self, payload), parts)
    }

    /// Whether byte `n` of the payload is to be written.
    fn enabled(&self, n: usize) -> bool {
        let enables = match n / 4 {
            0 => self.enables[0],
            word if word + 1 == usize::from(self.dwords) => self.enables[1],
            _ => 0xf,
        };
        enables >> (n % 4) & 1 == 1
    }
}

/// The part of a page from the doubleword at `at` to `end`, of which `first` is the
/// first byte.
fn part(
    request: &Request,
    page: u64,
    [at, first, end]: [u64; 3],
    width: Width,
    data: Vec<WBeat>,
) -> Part {
    let lanes = u64::from(width.bytes());
    let beats = (at % lanes + end - at).div_ceil(lanes);
    let privileged = if request.privileged { PRIVILEGED } else { 0 };
    let instruction = if request.access == Access::Execute {
        INSTRUCTION
    } else {
        0
    };
    Part {
        request: Request {
            iova: Iova::new(page | first),
            len: (end - first) as u32,
            ..*request
        },
        dwords: ((end - at) / 4) as u16,
        burst: AxBeat {
            len: (beats - 1) as u8,
            size: width.size(),
            burst: Burst::Incr.bits(),
            prot: privileged | instruction,
            user: request.device_id.raw().into(),
            ..AxBeat::default()
        },
        data,
    }
}
