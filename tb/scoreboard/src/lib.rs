// SPDX-License-Identifier: Apache-2.0
//! Judges everything that a run of the RTL shows against the golden model.
//!
//! A run tells the [`Scoreboard`] what happened and when: software's stores,
//! commands and register writes, every write that came over the bus, every
//! request with the clocks in which it was accepted and answered. When nothing
//! is under way any more, [`Scoreboard::judge`] says whether all of it was legal.
//!
//! # What is legal
//!
//! **Versions.** Every doubleword of memory has versions, each with the clocks
//! in which it was current. A *software* store at clock t takes effect for
//! reads of clock t. A *bus* write at clock t is seen by reads after t, and may
//! be by reads of t.
//!
//! **Covering.** An invalidation has a clock at which software submitted it. It
//! counts for a request if an IOFENCE.C that was queued after it has stored its
//! DATA before the request was answered: a fence waits for the requests that
//! may have used what was there before ("IOMMU Command-queue Fence commands").
//! Until then the IOMMU may do as if nothing had been invalidated. What covers
//! an entry follows "IOMMU Page-Table cache invalidation commands" and "IOMMU
//! directory cache invalidation commands":
//!
//! | entry | covered by |
//! |---|---|
//! | non-leaf DDT entry | IODIR.INVAL_DDT with DV=0 |
//! | device context | IODIR.INVAL_DDT with DV=0, or of the device |
//! | PDT entry | IODIR.INVAL_DDT with DV=0, or of the device |
//! | process context | the same, and IODIR.INVAL_PDT of device and process |
//! | first-stage pointer | IOTINVAL.VMA of its address space, with AV=0, or NL=1 and an ADDR under it |
//! | first-stage leaf | IOTINVAL.VMA of its address space, with AV=0 or an ADDR in its page |
//! | second-stage pointer | IOTINVAL.GVMA of all guests, or of its guest with AV=0, or NL=1 and an ADDR under it |
//! | second-stage leaf, MSI entry | IOTINVAL.GVMA of all guests, or of its guest with AV=0 or an ADDR in its page |
//!
//! With S=1 the ADDR is a range, which covers what it overlaps. IOTINVAL.VMA with
//! PSCV=1 covers nothing that is global: the entry's own G, or that of a pointer on
//! the way to it.
//!
//! **Answers.** A request accepted in clock a and answered in clock d may be
//! answered as the model does from *some* choice of versions, one each time that
//! the walk reads a doubleword, in which
//!
//! - each version was current at some time from the last covering invalidation
//!   (its submission) to d;
//! - the entry that a fault is found in, or that memory refuses, was current
//!   at some time from a to d: invalid entries are not cached;
//! - where the walk ends in a leaf, the pointers on the way may also be as old
//!   as they could be when the leaf was cached, which is not before the last
//!   invalidation that covers the leaf: a cached translation embeds them;
//! - what the second stage says of where an entry of the first stage or of the
//!   process directory lies may be as old as it could be when that entry was
//!   cached: a cached entry embeds it;
//! - a translation asks for no update of A or D: they have been made by then. Where
//!   a translation request is not granted write permission, D is of no concern: one that
//!   asks for it may be answered as one that does not, where a stage has W=0.
//!
//! A leaf of a NAPOT range may be read from any of the sixteen entries of the
//! range, as one cached translation serves all ("Svnapot"). `ddtp` is what it
//! was at some time from a to d; a write takes effect between its start and the
//! clock in which software sees `busy` at 0. An untranslated address with more
//! bits than PAS is where no memory is: an access fault. When `busy` is back at 0,
//! the requests accepted before the write are answered.
//!
//! **Records.** Every fault that the model reports has one record in the fault
//! queue, with the request's own address, and every record has a request: a
//! multiset, unless only one request was under way at a time, when the order
//! counts too. Records may be missing only after an overflow, which needs a full
//! queue. Of a request accepted before a fence was submitted, answer and record
//! come before the fence's store.
//!
//! **Writes.** Each write of the IOMMU is one of these, and nothing else: a
//! record in the next place of the fault queue or of the page-request queue; the store of the next fence
//! that has one; an interrupt message to the address and with the data of a
//! vector in use; an exclusive write that sets A, or A and D, in a PTE of which
//! the model asks it for a request that was under way, and of no more.
//!
//! **Page requests.** Of each message there is one record in the page-request queue,
//! in order, or, where the model says so for versions as above, none; then a device
//! that waits for a response gets one, with the code that the cause asks for. A message
//! may go unrecorded for want of room, or an overflow that was not cleared, only where
//! the queue may have been full.
//!
//! **Invalidations of devices.** A fence stores when the devices have answered all
//! that was queued before it.
//!
//! **Interrupts.** When nothing is under way, `ipsr` and wires tell what they
//! have to tell, and messages were sent if and only if there was a cause.
#![forbid(unsafe_code)]

mod age;
mod choice;
mod commands;
mod coverage;
mod explore;
mod history;
mod interrupts;
mod journal;
mod judge;
mod judge_pages;
mod matching;
mod mismatch;
mod outcome;
mod pages;
mod scoreboard;
mod seen;

pub use interrupts::{InterruptSetup, InterruptState};
pub use judge::Verdict;
pub use mismatch::{Mismatch, What};
pub use outcome::Outcome;
pub use pages::{PageQueueSetup, PageResponse};
pub use scoreboard::{Exchange, FaultQueueSetup, Scoreboard};
pub use seen::{Granted, Seen};
