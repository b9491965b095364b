// SPDX-License-Identifier: Apache-2.0
//! What happened, as data. docs/demo-json.md describes it for those who read
//! the JSON; a change of meaning wants another [`SCHEMA`].

mod guests;
mod pcie;
mod programs;

pub use guests::{FileLine, GuestControl, MessageControl, Reach};
pub use pcie::{Lie, PagingControl, PagingStep};
pub use programs::{PageView, Program, ProgramControl, SharedAccess};

use serde::Serialize;

/// Names this layout.
pub(crate) const SCHEMA: &str = "sallyport-demo-1";

/// The whole demo.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The layout's name.
    pub schema: &'static str,
    /// The build of the RTL.
    pub build: &'static str,
    /// What devices reach it by: `axi` or `pcie`.
    pub bus: &'static str,
    /// The seed.
    pub seed: u64,
    /// What was read.
    pub capture: Input,
    /// How many scenes were to be played.
    pub asked: u64,
    /// The scenes that were played, in order.
    pub scenes: Vec<Scene>,
    /// Clocks of all scenes.
    pub clocks: u64,
    /// Beats on all ports.
    pub beats: u64,
    /// Digest of all beats on all ports, 16 hexadecimal digits.
    pub digest: String,
    /// Whether all scenes were played and passed.
    pub passed: bool,
}

/// The capture.
#[derive(Clone, Debug, Serialize)]
pub struct Input {
    /// What it is called.
    pub name: String,
    /// Frames used.
    pub frames: u64,
    /// Bytes of these.
    pub bytes: u64,
}

/// A scene.
#[derive(Clone, Debug, Serialize)]
pub struct Scene {
    /// 1 to 9.
    pub number: u32,
    /// One word.
    pub name: &'static str,
    /// What it shows, in a sentence.
    pub title: &'static str,
    /// Whether all went as it must.
    pub passed: bool,
    /// What did not, a sentence each.
    pub problems: Vec<String>,
    /// What the IOMMU did, without the control.
    pub traffic: Traffic,
    /// What is of this scene only; `null` if it did not get that far.
    pub detail: Option<Detail>,
}

/// What the IOMMU did in a scene.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Traffic {
    /// Frames that went through; 0 in scenes without NIC.
    pub frames: u64,
    /// Bytes that devices were asked to move.
    pub bytes: u64,
    /// Requests that were translated or refused.
    pub translations: u64,
    /// Answered from the caches.
    pub hits: u64,
    /// Lookups that were not.
    pub misses: u64,
    /// Walks of the tables.
    pub walks: u64,
    /// Misses that waited for the walk of another request.
    pub merges: u64,
    /// Read bursts of these.
    pub walk_reads: u64,
    /// Reads per walk; 0 without walks.
    pub reads_per_walk: f64,
    /// Clocks.
    pub clocks: u64,
    /// Fault records.
    pub faults: u64,
    /// Bytes of the device directory and the page tables.
    pub table_bytes: u64,
}

/// What is of one scene only.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// Scene 1.
    Scatter {
        /// Without translation.
        control: ScatterControl,
        /// Pages of the receive buffers.
        pages: u64,
        /// The first of them.
        map: Vec<MapLine>,
        /// Frames that were the same in the buffers, as software sees them.
        received: u64,
        /// Frames that were the same on the wire again.
        transmitted: u64,
    },
    /// Scene 2.
    Rogue {
        /// Without translation.
        control: RogueControl,
        /// What it tried.
        attempts: Vec<Attempt>,
        /// Pages in the checksum.
        pages: u64,
        /// CRC-32 of all other memory before.
        before: String,
        /// The same after.
        after: String,
        /// Jobs that the DMA engine did meanwhile, all right.
        jobs: u64,
    },
    /// Scene 3.
    SameAddress {
        /// Without translation.
        control: SameControl,
        /// The two devices.
        devices: Vec<Share>,
    },
    /// Scene 4.
    UnderFire {
        /// Each time that pages were taken away.
        rounds: Vec<Round>,
        /// Parts of frames that the NIC could not write.
        refused: u64,
        /// Frames that these belong to.
        frames_hit: u64,
    },
    /// Scene 5.
    TwoPrograms {
        /// Without process ids.
        control: ProgramControl,
        /// The two programs.
        programs: Vec<Program>,
        /// What not everybody may access.
        accesses: Vec<SharedAccess>,
    },
    /// Scene 6.
    PassThrough {
        /// Without second stage.
        control: GuestControl,
        /// Entries into the hypervisor until the NIC was set up.
        entries_before: u64,
        /// Entries while packets flowed.
        entries_during: u64,
        /// Messages of the NIC, all to the guest's own interrupt file.
        interrupts: u64,
        /// Frames that were the same in the guest's buffers.
        received: u64,
        /// Frames that were the same on the wire again.
        transmitted: u64,
        /// What the guest had a device reach for.
        attempts: Vec<Reach>,
        /// Pages in the checksum.
        pages: u64,
        /// CRC-32 of all memory that is not the guest's before the attempts.
        before: String,
        /// The same after.
        after: String,
    },
    /// Scene 7.
    GuestInterrupts {
        /// Without MSI page table.
        control: MessageControl,
        /// The virtual processors' interrupts.
        files: Vec<FileLine>,
    },
    /// Scene 8.
    DemandPaging {
        /// With nobody who serves page requests.
        control: PagingControl,
        /// Pages of the device's memory.
        pages: u64,
        /// Pages that were taken away from it.
        evicted: u64,
        /// What it did.
        steps: Vec<PagingStep>,
    },
    /// Scene 9.
    Liar {
        /// What the liar sent.
        lies: Vec<Lie>,
        /// Pages in the checksum.
        pages: u64,
        /// CRC-32 of all other memory before.
        before: String,
        /// The same after.
        after: String,
        /// Jobs that the DMA engine did meanwhile, all right.
        jobs: u64,
        /// Clocks that a fence waited for the honest device whose answer was forged.
        fence_clocks: u64,
    },
}

/// Scene 1 without translation.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ScatterControl {
    /// Frames that the NIC received.
    pub frames: u64,
    /// Frames that arrived in the buffers.
    pub intact: u64,
    /// Bytes that it wrote into other memory.
    pub stray_bytes: u64,
}

/// A page of a buffer.
#[derive(Clone, Debug, Serialize)]
pub struct MapLine {
    /// Where the device sees it.
    pub iova: String,
    /// Where it is.
    pub physical: String,
}

/// Scene 2 without translation.
#[derive(Clone, Debug, Serialize)]
pub struct RogueControl {
    /// Attempts.
    pub attempts: u64,
    /// Those that were let through.
    pub passed: u64,
    /// CRC-32 of all other memory before.
    pub before: String,
    /// The same after.
    pub after: String,
    /// Whether it read the secret.
    pub secret_read: bool,
}

/// How an attempt ended for the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was let through.
    Passed,
    /// It was answered with an error.
    Refused,
    /// It was ended from outside.
    CutOff,
    /// Nothing was done, and the device is not told.
    Dropped,
    /// It was let through, but later.
    Delayed,
    /// Nothing came back.
    Hung,
}

/// What the rogue tried, and the record of it.
#[derive(Clone, Debug, Serialize)]
pub struct Attempt {
    /// What, in words.
    pub what: &'static str,
    /// The address that it put on the bus.
    pub address: String,
    /// What came of it.
    pub outcome: Outcome,
    /// `DID` of the fault record; `null` without record.
    pub device: Option<String>,
    /// `CAUSE` of the record in words, or what it was counted as.
    pub cause: Option<String>,
    /// `CAUSE` as a number.
    pub cause_code: Option<u16>,
    /// `iotval` of the record.
    pub iotval: Option<String>,
    /// Whether the record is the one that must come.
    pub as_expected: bool,
}

/// Scene 3 without translation.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SameControl {
    /// Devices that found their own data again.
    pub intact: u64,
    /// Buffers that hold what their device has written.
    pub filled: u64,
}

/// A device of scene 3.
#[derive(Clone, Debug, Serialize)]
pub struct Share {
    /// Its id.
    pub device: String,
    /// The address it used.
    pub iova: String,
    /// Where its first page is.
    pub physical: String,
    /// The eight bytes that it has written again and again.
    pub pattern: String,
    /// Whether it read its own data again.
    pub reads_own: bool,
    /// Whether its pages hold its data, as software sees them.
    pub pages_right: bool,
}

/// One time that pages were taken away from the NIC.
#[derive(Clone, Debug, Serialize)]
pub struct Round {
    /// The first page, as the NIC sees it.
    pub iova: String,
    /// How many.
    pub pages: u64,
    /// Clocks from the change of the table to the end of the IOFENCE.C.
    pub fence_clocks: u64,
    /// Writes that reached the pages in this time, which they may.
    pub writes_before: u64,
    /// Writes that reached the pages afterwards, of which there must be none.
    pub writes_after: u64,
    /// Writes to the addresses that were refused until new pages were there.
    pub refused: u64,
    /// Whether the new owner found what it had written, all the time.
    pub owner_right: bool,
    /// Clocks that the pages were with the new owner before the NIC got others
    /// in their place.
    pub watched_clocks: u64,
}
