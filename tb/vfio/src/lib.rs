// SPDX-License-Identifier: Apache-2.0
//! The verilated IOMMU, and an NVMe controller behind it, as PCI functions over
//! vfio-user.
//!
//! A [`Server`] listens on two sockets. Whoever connects to one, QEMU's
//! `vfio-user-pci` for example, has a PCI function: configuration space, BARs,
//! interrupts. It sends descriptors of its memory along, and that memory is then what
//! the IOMMU's ports reach: page tables, queues and data are the guest's own.
//!
//! ```no_run
//! use sallyport_vfio::{Options, Server};
//!
//! let server = Server::start(Options::new("iommu.sock", "nvme.sock"))?;
//! // … boot a guest with both, and wait for its end …
//! let counters = server.stop()?;
//! assert!(counters.walks.napot_leaves > 0);
//! # Ok::<(), sallyport_vfio::Error>(())
//! ```
//!
//! # The IOMMU's function
//!
//! 1b36:0014, class 08 06 00, meant for 0:2.0. BAR0 is the RTL's register page: each
//! access of 4 or 8 bytes is played on its AXI4-Lite port, and its client waits for the
//! answer. Other accesses read as ones and write nothing, and are counted. BAR2 has the
//! MSI-X table, which the client plays; the RTL's `msi_cfg_tbl` points each vector to a
//! word of a page where no memory is, and a write there is an event of the client's. It
//! is pointed there after every reset, so software must not change it; Linux leaves it
//! alone where there is an MSI-X table. The RTL's interrupt wires are connected to
//! nothing: software sets `fctl.WSI` to 0.
//!
//! # The NVMe controller's function
//!
//! 1b36:0010, meant for 0:1.0, with a datasheet of its own in the module `nvme`. It has
//! no other way to memory than through the IOMMU, as device_id 0x8: queues, lists,
//! data, completions. Its interrupts do not pass the IOMMU: they are events.
//!
//! # Memory
//!
//! The client's memory is laid as windows over the bench's. Aligned doublewords are
//! read and written at once, with the order that a processor expects of its bus; an
//! exclusive write, with which the RTL sets the bits A and D, is a compare-and-exchange
//! with what its exclusive read saw, since the guest's processors write at the same
//! time. Where there is no window the bus answers DECERR. Both functions reach what
//! either of the clients has brought.
//!
//! # Time
//!
//! One thread owns the simulation, and one more serves each socket. Simulated time goes
//! on while an access, a command or DMA is under way, and for 128 clocks after the last
//! sign of life on any port: several times what the RTL is ever silent while it works.
//! Then it stands still and the thread sleeps, until somebody asks for something: a
//! register access is enough, so that software which polls sees progress. A guest sees
//! a slow device, never a hung one.
//!
//! # Clients
//!
//! One at a time a socket, and one after the other. When a client goes, its memory and
//! its events go with it and the function is reset; a message that makes no sense ends
//! the connection. A reset that a client asks for resets the RTL, or the controller,
//! and leaves the other function alone: what the controller has on the bus is let
//! through first. [`Server::stop`] ends connections and threads and removes the sockets.
//! It interrupts the threads of sockets by the first real-time signal, which the process
//! must not use otherwise.
//!
//! Two things are trusted: a file that was sent keeps its length (a seal against
//! shrinking sees to that; the process would end by SIGBUS), and what was sent as an
//! eventfd is one, which never blocks.
//!
//! # Counters
//!
//! [`Counters`] come from the recorder that looks at the RTL's pins (crate
//! `sallyport-log`) and from the bench: a page-table entry is counted when it was read
//! over the memory port, a command when it took effect.
#![forbid(unsafe_code)]

mod counters;
mod error;
mod function;
mod nvme;
mod options;
mod ram;
mod server;
mod simulation;

pub use counters::{Counters, Nvme, Registers, Requests, Walks};
pub use error::Error;
pub use options::Options;
pub use sallyport_bench::{Build, DmaError, Refusal, Seed, Waveform};
pub use server::{Outcome, Server};
