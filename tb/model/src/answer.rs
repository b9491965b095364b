// SPDX-License-Identifier: Apache-2.0
//! What the IOMMU answers to a request.

use sallyport_formats::{Gpa, Pbmt, Spa};

/// A translation for an untranslated or translated request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Translated {
    /// Where the byte at the request's address lies in memory.
    pub address: Spa,
    /// The memory type that both stages give.
    pub pbmt: Pbmt,
    /// Whether the address is a virtual interrupt file that an MSI PTE in
    /// basic translate mode maps.
    pub msi: bool,
    /// Bytes, a power of two, naturally aligned, around the address for which
    /// the same translation holds; `None` where nothing limits it.
    pub size: Option<u64>,
}

/// A virtual interrupt file that lies in memory ("Process to translate
/// addresses of MSIs", MRIF mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mrif {
    /// The memory-resident interrupt file, 512 bytes.
    pub address: Spa,
    /// The 11-bit value of the notice MSI.
    pub nid: u16,
    /// Where the notice MSI goes.
    pub notice: Spa,
}

/// Where a translation completion leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionTarget {
    /// No access: R = W = 0, the address is unspecified.
    None,
    /// Untranslated accesses only (U = 1): the page is an MRIF.
    UntranslatedOnly,
    /// A physical address that translated requests may use.
    Spa(Spa),
    /// A guest-physical address, as `DC.tc.T2GPA` is 1.
    Gpa(Gpa),
}

/// A successful completion of an ATS Translation Request ("PCIe ATS
/// translation request handling"). The N and AMA fields are always 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Read permission.
    pub r: bool,
    /// Write permission.
    pub w: bool,
    /// Execute permission, granted only with read permission.
    pub x: bool,
    /// The permissions are those of privileged mode.
    pub privileged: bool,
    /// The mapping is global in its first stage.
    pub global: bool,
    /// Where to.
    pub target: CompletionTarget,
    /// As in [`Translated::size`].
    pub size: Option<u64>,
    /// The memory type that both stages give.
    pub pbmt: Pbmt,
}

impl Completion {
    /// Success with R and W bits set to 0: the page is not there.
    #[must_use]
    pub fn no_access(privileged: bool) -> Self {
        Self {
            r: false,
            w: false,
            x: false,
            privileged,
            global: false,
            target: CompletionTarget::None,
            size: None,
            pbmt: Pbmt::Pma,
        }
    }
}

/// The IOMMU's answer to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An untranslated or translated request may go to this address.
    Translated(Translated),
    /// An untranslated or translated request meets a memory-resident
    /// interrupt file.
    Mrif(Mrif),
    /// The translation request succeeded, perhaps without any permission.
    Completion(Completion),
    /// Unsupported request; also what the IO bridge aborts.
    UnsupportedRequest,
    /// Completer abort; translation requests only.
    CompleterAbort,
}
