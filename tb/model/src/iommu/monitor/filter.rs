// SPDX-License-Identifier: Apache-2.0
//! "Performance-monitoring event selectors": which occurrences of an event a
//! counter counts.

use sallyport_formats::constants as c;
use sallyport_formats::regs::Iohpmevt;
use sallyport_formats::{DeviceId, ProcessId};

use crate::request::{Request, RequestKind};
use crate::trace::SpaceIds;

/// Something that happened for a transaction.
#[derive(Clone, Copy, Debug)]
pub(in crate::iommu) struct Occurrence {
    /// `HPM_EVENT_…`.
    pub event: u64,
    /// The transaction's device.
    pub device_id: DeviceId,
    /// The transaction's process, not the default one of `DC.tc.DPE`.
    pub process_id: Option<ProcessId>,
    /// The address space it happened for, as far as it was known.
    pub space: SpaceIds,
}

impl Occurrence {
    /// A request as such, before anything is known of its address space.
    pub fn of_request(request: &Request) -> Self {
        Self {
            event: match request.kind {
                RequestKind::Untranslated => c::HPM_EVENT_UNTRANSLATED,
                RequestKind::Translated => c::HPM_EVENT_TRANSLATED,
                RequestKind::TranslationRequest => c::HPM_EVENT_ATS_REQUEST,
            },
            device_id: request.device_id,
            process_id: request.process_id,
            space: SpaceIds::default(),
        }
    }
}

/// Whether the event can be counted by GSCID and PSCID (filter id type 1).
fn has_space(event: u64) -> bool {
    matches!(
        event,
        c::HPM_EVENT_TLB_MISS | c::HPM_EVENT_FIRST_STAGE_WALK | c::HPM_EVENT_SECOND_STAGE_WALK
    )
}

/// The bits of `DID_GSCID` that are compared: with `DMASK` not the lowest 0
/// nor the ones below it.
fn compared(selector: &Iohpmevt) -> u32 {
    if selector.dmask {
        let lowest_zero = !selector.did_gscid & selector.did_gscid.wrapping_add(1);
        !(lowest_zero | lowest_zero.wrapping_sub(1))
    } else {
        !0
    }
}

/// Whether a counter with this selector counts it.
pub(super) fn counts(selector: &Iohpmevt, occurrence: &Occurrence) -> bool {
    if u64::from(selector.event_id) != occurrence.event {
        return false;
    }
    let (group, process) = if selector.idt {
        if !has_space(occurrence.event) {
            return false;
        }
        let space = occurrence.space;
        (
            space.gscid.map(|gscid| u32::from(gscid.raw())),
            space.pscid.map(|pscid| pscid.raw()),
        )
    } else {
        (
            Some(occurrence.device_id.raw()),
            occurrence.process_id.map(|process_id| process_id.raw()),
        )
    };
    let group_matches =
        group.is_some_and(|group| (group ^ selector.did_gscid) & compared(selector) == 0);
    (!selector.dv_gscv || group_matches)
        && (!selector.pv_pscv || process == Some(selector.pid_pscid))
}

#[cfg(test)]
mod tests {
    use sallyport_formats::{Gscid, Pscid};

    use super::*;

    const WALK: Occurrence = Occurrence {
        event: c::HPM_EVENT_FIRST_STAGE_WALK,
        device_id: DeviceId::truncate(0x01_0234),
        process_id: None,
        space: SpaceIds {
            gscid: None,
            pscid: None,
        },
    };

    fn selector(event: u64) -> Iohpmevt {
        Iohpmevt {
            event_id: event as u16,
            ..Iohpmevt::default()
        }
    }

    #[test]
    fn only_the_selected_event() {
        assert!(counts(&selector(7), &WALK));
        assert!(!counts(&selector(8), &WALK) && !counts(&selector(0), &WALK));
    }

    #[test]
    fn by_device_and_process() {
        let by_device = Iohpmevt {
            dv_gscv: true,
            did_gscid: 0x01_0234,
            ..selector(7)
        };
        assert!(counts(&by_device, &WALK));
        let other = Iohpmevt {
            did_gscid: 0x01_0235,
            ..by_device
        };
        assert!(!counts(&other, &WALK));
        let by_process = Iohpmevt {
            pv_pscv: true,
            pid_pscid: 0,
            ..by_device
        };
        assert!(!counts(&by_process, &WALK), "no process is not process 0");
        let of_process = Occurrence {
            process_id: Some(ProcessId::truncate(0)),
            ..WALK
        };
        assert!(counts(&by_process, &of_process));
    }

    #[test]
    fn ranges_of_devices() {
        let counts_with = |did_gscid| {
            let range = Iohpmevt {
                dmask: true,
                dv_gscv: true,
                did_gscid,
                ..selector(7)
            };
            counts(&range, &WALK)
        };
        assert!(counts_with(0x01_0233), "any function of 01:02:30.x");
        assert!(counts_with(0x01_027f) && counts_with(0x01_7fff));
        assert!(counts_with(0x7f_ffff) && counts_with(0xff_ffff));
        assert!(!counts_with(0x01_0244) && !counts_with(0x02_7fff));
    }

    #[test]
    fn by_guest_and_address_space() {
        let by_space = Iohpmevt {
            idt: true,
            dv_gscv: true,
            did_gscid: 3,
            pv_pscv: true,
            pid_pscid: 9,
            ..selector(7)
        };
        assert!(!counts(&by_space, &WALK));
        let of_space = Occurrence {
            space: SpaceIds {
                gscid: Some(Gscid::truncate(3)),
                pscid: Some(Pscid::truncate(9)),
            },
            ..WALK
        };
        assert!(counts(&by_space, &of_space));
    }

    #[test]
    fn requests_and_directories_have_no_address_space() {
        for event in [1, 2, 3, 5, 6] {
            let occurrence = Occurrence { event, ..WALK };
            assert!(counts(&selector(event), &occurrence));
            let by_space = Iohpmevt {
                idt: true,
                ..selector(event)
            };
            assert!(!counts(&by_space, &occurrence), "event {event}");
        }
    }
}
