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
//! taken to lie in one page; who has a longer one splits it. Not modelled are
//! performance counters and page requests (the registers of their queue are
//! there).
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
//! | Command-Queue | `iommu/command_queue`, `iommu/commands` |
//! | Fault/Event-Queue | `iommu/fault_queue` |
//! | Memory-mapped register interface | `iommu/registers` |
//! | Interrupts | `iommu/interrupts` |
//! | Debug support | `iommu/debug` |

mod answer;
mod ats;
mod configuration;
mod contexts;
mod design;
mod fault;
mod iommu;
mod memory;
mod msi;
mod request;
mod tables;
mod trace;
mod translate;
mod walk;

pub use answer::{Answer, Completion, CompletionTarget, Mrif, Translated};
pub use configuration::Configuration;
pub use design::Design;
pub use fault::{AtsResponse, Fault, GuestFault, SecondStagePurpose, ats_response};
pub use iommu::{AccessSize, Iommu};
pub use memory::{Memory, MemoryError, MemoryMut, SparseMemory};
pub use request::{Access, Request, RequestKind};
pub use trace::{Meaning, PteUpdate, Structure, TableRead};
pub use translate::{Translation, translate};
