// SPDX-License-Identifier: Apache-2.0
//! Page requests of many devices through a queue that software empties, stops
//! and starts: every response, record and register as the model has it.

use crate::support::{Rig, sorted};
use rand::Rng;
use sallyport_bench::hardware::CoreSystem;
use sallyport_bench::{Build, Seed};
use sallyport_formats::context::Tc;
use sallyport_formats::regs::QueueBase;
use sallyport_formats::{DeviceContext, DeviceId, FaultRecord, ProcessId, Spa, constants as c};
use sallyport_model::{
    AccessSize, Design, Iommu, MemoryMut, Message, PageRequestMessage, SparseMemory,
};
use sallyport_sim::{PageRequestPins, PageResponsePins};

const DEVICES: u32 = 24;
const MESSAGES: u32 = 500;
/// Clocks in which a message has been dealt with.
const CLOCKS: u64 = 250;

/// The RTL and the model, doing the same.
struct Pair {
    rig: Rig<CoreSystem>,
    model: Iommu<SparseMemory>,
}

impl Pair {
    fn write(&mut self, offset: u64, value: u32) {
        self.rig.write32(offset, value);
        self.model
            .write_register(offset, AccessSize::Word, value.into());
    }

    fn base(&mut self, offset: u64, at: Spa, log2: u8) {
        let base = QueueBase {
            log2sz_minus_1: log2 - 1,
            ppn: at.page_number(),
        };
        self.rig.write64(offset, base.emit());
        self.model
            .write_register(offset, AccessSize::Doubleword, base.emit());
    }

    /// Both have the same in a register.
    fn compare(&mut self, what: &str, offset: u64) -> u32 {
        let read = self.rig.read32(offset);
        let expected = self.model.read_register(offset, AccessSize::Word);
        assert_eq!(u64::from(read), expected, "{what}: register {offset:#x}");
        read
    }

    fn context(&mut self, device: u32, words: [u64; 8]) {
        self.rig.put_context(device, words);
        let slot = self.rig.slot(device);
        for (word, n) in words.into_iter().zip(0..) {
            let at = Spa::new(slot.raw() + 8 * n);
            let written = self.model.memory_mut().write(at, &word.to_le_bytes());
            assert_eq!(written, Ok(()));
        }
    }

    /// Sends the message to both, and compares what the device is told.
    fn send(&mut self, message: &PageRequestMessage) {
        self.rig.machine.messages().request_page(PageRequestPins {
            device_id: message.device_id.raw(),
            pv: message.process_id.is_some(),
            process_id: message.process_id.map_or(0, ProcessId::raw),
            privileged: message.privileged,
            exec: message.exec,
            payload: message.payload,
            ..PageRequestPins::default()
        });
        self.rig.run(CLOCKS);
        self.model.page_request(message);
        let told = std::iter::from_fn(|| self.rig.machine.messages().pop_response());
        let told: Vec<_> = told.map(|response| plain(&response)).collect();
        assert_eq!(told, self.model.take_messages(), "{message:?}");
    }

    /// The fault records that came, from both.
    fn compare_faults(&mut self) {
        self.rig.fence();
        let tail = self.model.read_register(c::REG_FQT, AccessSize::Word);
        let head = u64::from(self.rig.fault_head);
        let queue = self.rig.fault_queue.raw();
        let records = (head..tail).map(|n| {
            FaultRecord::parse([0, 8, 16, 24].map(|m| {
                let mut bytes = [0; 8];
                let at = Spa::new(queue + 32 * n + m);
                self.model.memory().peek(at, &mut bytes);
                u64::from_le_bytes(bytes)
            }))
        });
        let expected = sorted(records);
        assert_eq!(sorted(self.rig.faults()), expected);
    }

    /// The records of the page-request queue.
    fn compare_pages(&self, queue: Spa, entries: u64) {
        for n in 0..2 * entries {
            let at = Spa::new(queue.raw() + 8 * n);
            let mut bytes = [0; 8];
            self.model.memory().peek(at, &mut bytes);
            let read = self.rig.machine.memory().read_u64(at);
            assert_eq!(read, u64::from_le_bytes(bytes), "word {n}");
        }
    }
}

fn plain(response: &PageResponsePins) -> Message {
    Message::PageGroupResponse {
        to: sallyport_model::Destination {
            rid: response.device_id as u16,
            segment: response
                .segment_valid
                .then_some((response.device_id >> 16) as u8),
        },
        process_id: response
            .pv
            .then(|| ProcessId::truncate(response.process_id.into())),
        prgi: response.prgi,
        code: response.code,
    }
}

#[test]
fn as_the_model_has_it() {
    let mut rig = Rig::core(Build::Default, 77);
    if !rig.capabilities.ats {
        return;
    }
    let mut rng = Seed::new(77).rng();
    let design = Design::with_capabilities(rig.capabilities);
    rig.start_queues();
    rig.set_levels(1);
    let faults = rig.fault_queue;
    let pages = rig.pages(1);
    let mut pair = Pair {
        rig,
        model: Iommu::new(design, SparseMemory::new()),
    };
    pair.base(c::REG_PQB, pages, 2);
    let base = QueueBase {
        log2sz_minus_1: pair.rig.log2_faults as u8 - 1,
        ppn: faults.page_number(),
    };
    let directory = pair.rig.directory.page_number() << c::DDTP_PPN_LSB | c::DDTP_MODE_1LVL;
    for (offset, value) in [
        (c::REG_FQB, base.emit()),
        (c::REG_FQCSR, 1),
        (c::REG_DDTP, directory),
    ] {
        let size = if offset == c::REG_FQCSR {
            AccessSize::Word
        } else {
            AccessSize::Doubleword
        };
        pair.model.write_register(offset, size, value);
    }

    for device in 0..DEVICES {
        let en_pri = rng.random_bool(0.8);
        let mut words = DeviceContext {
            tc: Tc {
                v: rng.random_bool(0.9),
                en_ats: en_pri || rng.random_bool(0.5),
                en_pri,
                prpr: en_pri && rng.random_bool(0.5),
                dtf: rng.random_bool(0.2),
                ..Tc::default()
            },
            ..DeviceContext::default()
        }
        .emit();
        if rng.random_bool(0.15) {
            words[rng.random_range(0..4)] ^= 1 << rng.random_range(0..64);
        }
        pair.context(device, words);
    }

    for n in 0..MESSAGES {
        let what = format!("message {n}");
        match rng.random_range(0..10) {
            0 => pair.write(c::REG_PQCSR, rng.random_range(0..4)),
            1 => pair.write(c::REG_PQCSR, 0x303),
            2 | 3 => {
                let tail = pair.rig.read32(c::REG_PQT);
                pair.write(c::REG_PQH, tail);
            }
            4 => pair.write(c::REG_IPSR, rng.random_range(0..16)),
            _ => {}
        }
        let wide = rng.random_bool(0.05);
        let message = PageRequestMessage {
            device_id: DeviceId::truncate(
                (rng.random_range(0..DEVICES) | u32::from(wide) << 20).into(),
            ),
            process_id: rng
                .random_bool(0.6)
                .then(|| ProcessId::truncate(rng.random_range(0..1 << 20))),
            privileged: rng.random(),
            exec: rng.random(),
            payload: rng.random(),
        };
        pair.send(&message);
        for offset in [c::REG_PQT, c::REG_PQCSR, c::REG_IPSR] {
            pair.compare(&what, offset);
        }
        if n % 50 == 0 {
            pair.compare_faults();
        }
    }
    pair.compare_faults();
    pair.compare_pages(pages, 4);
    pair.rig.finish();
}
