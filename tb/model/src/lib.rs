// SPDX-License-Identifier: Apache-2.0
//! The golden model: the RISC-V IOMMU specification in plain Rust, written
//! from its text and not from any implementation.
//!
//! [`translate()`] is the "Process to translate an IOVA", a pure function of
//! the request, the registers it depends on ([`Configuration`]) and memory.
//! It returns the answer, the fault if there is one, every table read it made
//! and the A/D updates it asks for. [`Iommu`] puts the registers, queues and
//! interrupts around it.
//!
//! The model has no caches: it answers from memory as it is now. A request is
//! taken to lie in one page; who has a longer one splits it. Its counters count
//! what an IOMMU without caches does: every lookup misses, every walk reads all
//! levels. Time passes only when [`Iommu::advance`] says so.
//!
//! ```
//! use sallyport_formats::constants::{DDTP_MODE_BARE, REG_DDTP};
//! use sallyport_formats::{DeviceId, Iova, Spa};
//! use sallyport_model::{Access, AccessSize, Answer, Design, Iommu, Request, SparseMemory};
//!
//! let mut iommu = Iommu::new(Design::full(), SparseMemory::new());
//! let device = DeviceId::truncate(0x100);
//! let request = Request::untranslated(device, Access::Read, Iova::new(0x5000), 64);
//! assert_eq!(iommu.request(&request).answer, Answer::UnsupportedRequest);
//!
//! iommu.write_register(REG_DDTP, AccessSize::Doubleword, DDTP_MODE_BARE);
//! let Answer::Translated(translated) = iommu.request(&request).answer else {
//!     panic!("pass-through refused");
//! };
//! assert_eq!(translated.address, Spa::new(0x5000));
//! ```
//!
//! Where a rule of the specification is:
//!
//! | Section | Module |
//! |---|---|
//! | Process to translate an IOVA | `translate` |
//! | Process to locate the Device-context | `contexts/locate_device` |
//! | Device-context configuration checks | `contexts/device_checks` |
//! | Process to locate the Process-context, its checks | `contexts/locate_process` |
//! | Two-stage address translation | `tables/first_stage`, `tables/second_stage` |
//! | Page-table entries, Svnapot, Svpbmt | `tables/pte` |
//! | Updating of PTE accessed and dirty bits | `tables/accessed_dirty` |
//! | Process to translate addresses of MSIs | `msi` |
//! | PCIe ATS translation request handling | `ats`, `fault` |
//! | PCIe ATS Page Request handling | `page_request`, `messages` |
//! | Memory-resident interrupt files | `iommu/interrupt_file` |
//! | Command-Queue | `iommu/command_queue`, `iommu/commands` |
//! | IOMMU PCIe ATS commands | `iommu/command_queue`, `iommu/invalidation_tags` |
//! | Page-Request-Queue | `iommu/page_request_queue` |
//! | Fault/Event-Queue | `iommu/fault_queue` |
//! | Memory-mapped register interface | `iommu/registers` |
//! | Interrupts | `iommu/interrupts` |
//! | Debug support | `iommu/debug` |
//! | Performance-monitoring registers and events | `iommu/monitor` |
//! | QoS Identifiers Extension | `qos` |

mod answer;
mod ats;
mod configuration;
mod contexts;
mod design;
mod fault;
mod iommu;
mod memory;
mod messages;
mod msi;
mod page_request;
mod qos;
mod request;
mod tables;
mod trace;
mod translate;
mod walk;

pub use answer::{Answer, Completion, CompletionTarget, Mrif, Translated};
pub use configuration::Configuration;
pub use design::Design;
pub use fault::{AtsResponse, Fault, GuestFault, SecondStagePurpose, ats_response};
pub use iommu::{AccessSize, InterruptFileWrite, Iommu, counts_request};
pub use memory::{Memory, MemoryError, MemoryMut, SparseMemory};
pub use messages::{
    Destination, InvalidationCompletion, Message, PageRequestMessage, ResponseCode,
};
pub use page_request::{PageRequestVerdict, judge_page_request, page_request_record};
pub use qos::QosIds;
pub use request::{Access, Request, RequestKind};
pub use trace::{Meaning, PteUpdate, SpaceIds, Structure, TableRead};
pub use translate::{Translation, translate};
