// SPDX-License-Identifier: Apache-2.0
//! A PCIe function that lies: about its name, about what it may do, about what its
//! packets hold, and about what it was asked.
//!
//! # Datasheet
//!
//! | Offset | Bytes | Register | |
//! |---|---|---|---|
//! | 0x00 | 4 | `ID` | 0x0001_4c49, read-only |
//! | 0x04 | 4 | `GO` | sends the lie of this number, see [`Lie`] |
//! | 0x08 | 4 | `OUTCOME` | what came back. 0: not known yet, 1: nothing, in 4,096 clocks for what wants an answer, 2: Unsupported Request, 3: Completer Abort, 4: data, 5: a message that the group was refused; read-only |
//! | 0x0c | 4 | `TAG` | ITag of a forged invalidate completion, 5 bits |
//! | 0x10 | 8 | `ADDRESS` | where to reach, in somebody's memory |
//! | 0x18 | 4 | `NAME` | the device id that it forges |

use sallyport_bench::hardware::Outgoing;
use sallyport_bench::{AccessSize, Device, DeviceBus, Function};
use sallyport_formats::{DeviceId, ProcessId};
use sallyport_tlp::{
    AddressType, Answer, AtomicOp, AtomicOperation, Body, Completion, Endpoint, Manner, MemoryRead,
    MemoryWrite, Message, Pasid, PortTlp, ResponseCode, RoutingId, Status, Tag, Tlp,
    TranslationRequest,
};
use std::cell::{Cell, OnceCell};
use tokio::sync::Notify;

/// `ID`.
pub const ID: u32 = 0x0001_4c49;

/// Register offsets.
pub mod reg {
    /// `ID`.
    pub const ID: u64 = 0x00;
    /// `GO`.
    pub const GO: u64 = 0x04;
    /// `OUTCOME`.
    pub const OUTCOME: u64 = 0x08;
    /// `TAG`.
    pub const TAG: u64 = 0x0c;
    /// `ADDRESS`.
    pub const ADDRESS: u64 = 0x10;
    /// `NAME`.
    pub const NAME: u64 = 0x18;
}

/// What it writes.
pub const GRAFFITI: u8 = 0x99;

/// Clocks after which it no longer waits for an answer.
const TIMEOUT: u64 = 4_096;

/// What it can send, with the codes of `GO`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Lie {
    /// A read that says that its address is translated.
    TranslatedRead = 1,
    /// A write likewise.
    TranslatedWrite,
    /// A translation request.
    TranslationRequest,
    /// A page request.
    PageRequest,
    /// A read in the name of a process.
    ProcessRead,
    /// A read in a foreign name.
    ForeignRead,
    /// A write in a foreign name.
    ForeignWrite,
    /// A read that leaves its page.
    Crossing,
    /// A write with less data than it announces.
    Short,
    /// A write with more data than it announces.
    Long,
    /// A write without byte enables.
    NoEnables,
    /// A packet of a type that there is none of.
    NoType,
    /// A write that is marked as poisoned.
    Poisoned,
    /// An AtomicOp.
    Atomic,
    /// A configuration request.
    Configuration,
    /// A completion that nobody asked for.
    Completion,
    /// An invalidate completion, of `TAG`.
    InvalidateCompletion,
    /// A response to a group of page requests.
    GroupResponse,
}

impl Lie {
    const ALL: [Self; 18] = [
        Self::TranslatedRead,
        Self::TranslatedWrite,
        Self::TranslationRequest,
        Self::PageRequest,
        Self::ProcessRead,
        Self::ForeignRead,
        Self::ForeignWrite,
        Self::Crossing,
        Self::Short,
        Self::Long,
        Self::NoEnables,
        Self::NoType,
        Self::Poisoned,
        Self::Atomic,
        Self::Configuration,
        Self::Completion,
        Self::InvalidateCompletion,
        Self::GroupResponse,
    ];
}

/// What came back, with the codes of `OUTCOME`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Outcome {
    /// Nothing.
    Nothing = 1,
    /// Unsupported Request.
    Unsupported = 2,
    /// Completer Abort.
    Abort = 3,
    /// What it asked for.
    Data = 4,
    /// A message that refuses a group of page requests.
    Message = 5,
}

impl Outcome {
    /// Reads OUTCOME; `None` while nothing is known.
    #[must_use]
    pub const fn from_code(code: u32) -> Option<Self> {
        match code {
            1 => Some(Self::Nothing),
            2 => Some(Self::Unsupported),
            3 => Some(Self::Abort),
            4 => Some(Self::Data),
            5 => Some(Self::Message),
            _ => None,
        }
    }
}

/// The function.
#[derive(Debug, Default)]
pub struct Liar {
    lie: Cell<Option<Lie>>,
    go: Notify,
    outcome: Cell<u32>,
    tag: Cell<u8>,
    address: Cell<u64>,
    name: Cell<DeviceId>,
    bus: OnceCell<DeviceBus>,
}

/// Makes a request with a tag of the endpoint's.
type Make = dyn FnOnce(&mut Endpoint) -> (Tag, Outgoing);

/// A packet, and whether it is to be answered by a completion or by a message.
enum Sent {
    /// By nobody.
    Posted(Outgoing),
    /// By a completion.
    Request(Box<Make>),
    /// By a message.
    Group(Outgoing),
}

impl Liar {
    async fn tell(&self, function: &Function, lie: Lie) -> Outcome {
        match self.make(function, lie) {
            Sent::Posted(packet) => {
                function.send_raw(packet);
                Outcome::Nothing
            }
            Sent::Request(make) => {
                let answer = function.submit_raw(make).await;
                match function.within(TIMEOUT, answer).await {
                    None => Outcome::Nothing,
                    Some(
                        Answer::Data(_) | Answer::Translation(_) | Answer::Refused(Status::Success),
                    ) => Outcome::Data,
                    Some(Answer::Refused(Status::CompleterAbort)) => Outcome::Abort,
                    Some(Answer::Refused(_)) => Outcome::Unsupported,
                }
            }
            Sent::Group(packet) => {
                let mut mailbox = function.messages();
                function.send_raw(packet);
                for _ in 0..TIMEOUT / 16 {
                    if let Some(tlp) = mailbox.try_next() {
                        let good = is_success(&tlp);
                        return if good {
                            Outcome::Data
                        } else {
                            Outcome::Message
                        };
                    }
                    function.host().clocks(16).await;
                }
                Outcome::Nothing
            }
        }
    }

    fn make(&self, function: &Function, lie: Lie) -> Sent {
        let at = self.address.get();
        let me = function.id();
        let (name, segment) = RoutingId::of_device(self.name.get());
        let write = |id, kind| {
            let write = MemoryWrite::of_bytes(id, kind, at, &[GRAFFITI; 64]);
            Tlp::from(Body::MemoryWrite(write.expect("it fits a packet")))
        };
        let plain = AddressType::Untranslated;
        let posted = |tlp: &Tlp| Sent::Posted(function.packet(tlp));
        let changed = |change: &dyn Fn(&mut PortTlp)| {
            let mut packet = function.packet(&write(me, plain));
            change(&mut packet.tlp);
            Sent::Posted(packet)
        };
        let message = |message| function.packet(&Tlp::from(Body::Message(message)));
        let pasid = Pasid {
            process_id: ProcessId::truncate(1),
            privileged: false,
            execute: false,
        };
        let manner = |translated: bool, pasid| Manner {
            address_type: if translated {
                AddressType::Translated
            } else {
                plain
            },
            pasid,
        };
        match lie {
            Lie::TranslatedRead => read(function, at, manner(true, None)),
            Lie::TranslatedWrite => posted(&write(me, AddressType::Translated)),
            Lie::TranslationRequest => request(function, move |tag| {
                Tlp::from(Body::TranslationRequest(TranslationRequest {
                    requester: me,
                    tag,
                    address: at,
                    dwords: 2,
                    no_write: false,
                }))
            }),
            Lie::PageRequest => Sent::Group(message(Message::PageRequest {
                requester: me,
                page: at & !0xfff,
                group: 1,
                last: true,
                write: true,
                read: true,
            })),
            Lie::ProcessRead => read(function, at, manner(false, Some(pasid))),
            Lie::ForeignRead => {
                let home = function.clone();
                Sent::Request(Box::new(move |endpoint| {
                    let tag = endpoint.other();
                    let packet = home.packet(&whole_read(name, tag, at, 64));
                    (tag, Outgoing { segment, ..packet })
                }))
            }
            Lie::ForeignWrite => Sent::Posted(Outgoing {
                segment,
                ..function.packet(&write(name, plain))
            }),
            Lie::Crossing => request(function, move |tag| {
                whole_read(me, tag, at & !0xfff | 0xfc0, 128)
            }),
            Lie::Short => changed(&|tlp| tlp.payload.truncate(12)),
            Lie::Long => changed(&|tlp| tlp.payload.extend([GRAFFITI; 32])),
            Lie::NoEnables => changed(&|tlp| tlp.header[1] &= !0xff),
            Lie::NoType => changed(&|tlp| tlp.header[0] |= 0x1f << 24),
            Lie::Poisoned => {
                let mut tlp = write(me, plain);
                tlp.traffic.poisoned = true;
                posted(&tlp)
            }
            Lie::Atomic => request(function, move |tag| {
                Tlp::from(Body::AtomicOp(AtomicOp {
                    operation: AtomicOperation::Swap,
                    requester: me,
                    tag,
                    address_type: plain,
                    address: at,
                    operands: vec![GRAFFITI; 8],
                }))
            }),
            Lie::Configuration => {
                let home = function.clone();
                Sent::Request(Box::new(move |endpoint| {
                    let tag = endpoint.other();
                    (tag, configuration(&home, tag))
                }))
            }
            Lie::Completion => posted(&Tlp::from(Body::Completion(Completion {
                byte_count: 64,
                payload: vec![GRAFFITI; 64],
                ..Completion::refusal(me, RoutingId::default(), Tag::default(), Status::Success)
            }))),
            Lie::InvalidateCompletion => Sent::Posted(message(Message::InvalidateCompletion {
                requester: me,
                target: RoutingId::default(),
                count: 1,
                itags: 1 << (self.tag.get() & 0x1f),
            })),
            Lie::GroupResponse => Sent::Posted(message(Message::PageGroupResponse {
                requester: me,
                target: RoutingId::default(),
                code: ResponseCode::SUCCESS,
                group: 0,
            })),
        }
    }
}

fn is_success(tlp: &Tlp) -> bool {
    let success = ResponseCode::SUCCESS;
    matches!(&tlp.body, Body::Message(Message::PageGroupResponse { code, .. }) if *code == success)
}

/// A request with a tag of the function's own.
fn request(function: &Function, make: impl FnOnce(Tag) -> Tlp + 'static) -> Sent {
    let function = function.clone();
    Sent::Request(Box::new(move |endpoint| {
        let tag = endpoint.other();
        (tag, function.packet(&make(tag)))
    }))
}

/// A read of 64 bytes.
fn read(function: &Function, at: u64, manner: Manner) -> Sent {
    let function = function.clone();
    Sent::Request(Box::new(move |endpoint| {
        let (tag, tlp) = endpoint.read(at, 64, manner).expect("it fits a packet");
        (tag, function.packet(&tlp))
    }))
}

/// One read request, whatever it crosses, in any name.
fn whole_read(id: RoutingId, tag: Tag, at: u64, bytes: usize) -> Tlp {
    let read = MemoryRead::of_bytes(id, tag, AddressType::Untranslated, at, bytes);
    Tlp::from(Body::MemoryRead(read.expect("it fits a packet")))
}

/// A read of configuration space, of type 0: only root ports send such.
fn configuration(function: &Function, tag: Tag) -> Outgoing {
    let id = u32::from(function.id().raw());
    let tlp = PortTlp {
        prefix: None,
        header: [
            0x0400_0001,
            id << 16 | u32::from(tag.raw() & 0xff) << 8 | 0xf,
            0,
            0,
        ],
        payload: Vec::new(),
    };
    Outgoing::raw(function.segment(), tlp)
}

impl Device for Liar {
    async fn run(&self, bus: DeviceBus) {
        // A device is attached once.
        let bus = self.bus.get_or_init(|| bus);
        // Other buses have no packets.
        let Some(function) = bus.dma().function() else {
            return;
        };
        loop {
            self.go.notified().await;
            if let Some(lie) = self.lie.take() {
                self.outcome.set(self.tell(function, lie).await as u32);
            }
        }
    }

    async fn mmio_read(&self, offset: u64, _size: AccessSize) -> u64 {
        match offset {
            reg::ID => ID.into(),
            reg::OUTCOME => self.outcome.get().into(),
            reg::TAG => self.tag.get().into(),
            reg::ADDRESS => self.address.get(),
            reg::NAME => self.name.get().into(),
            _ => 0,
        }
    }

    async fn mmio_write(&self, offset: u64, _size: AccessSize, value: u64) {
        match offset {
            reg::GO => {
                self.outcome.set(0);
                let lie = Lie::ALL.into_iter().find(|&lie| lie as u64 == value);
                self.lie.set(lie);
                self.go.notify_one();
            }
            reg::TAG => self.tag.set(value as u8 & 0x1f),
            reg::ADDRESS => self.address.set(value & !7),
            reg::NAME => self.name.set(DeviceId::truncate(value)),
            _ => {}
        }
    }

    fn name(&self) -> String {
        "liar".to_owned()
    }
}
