// SPDX-License-Identifier: Apache-2.0
//! Addresses that pass unchanged and that no bus carries: wider than
//! `capabilities.PAS`.

use sallyport_formats::context::Tc;
use sallyport_formats::regs::{Ddtp, DdtpMode, Fctl};
use sallyport_formats::{Cause, DeviceContext, DeviceId, Endian, Iova, Spa};
use sallyport_model::{
    Access, Answer, Configuration, Design, QosIds, Request, RequestKind, SparseMemory, Translation,
    translate,
};

const DIRECTORY: u64 = 0x1000;

/// The answer to a request, in Bare mode or with a context without stages.
fn ask(tc: Option<Tc>, kind: RequestKind, access: Access, iova: u64) -> Translation {
    let mut memory = SparseMemory::new();
    if let Some(tc) = tc {
        let dc = DeviceContext {
            tc,
            ..DeviceContext::default()
        };
        let mut bytes = [0; DeviceContext::BYTES];
        dc.emit_bytes(&mut bytes, Endian::Little).unwrap();
        memory.poke(Spa::new(DIRECTORY), &bytes);
    }
    let configuration = Configuration {
        design: Design::full(),
        fctl: Fctl::default(),
        qosid: QosIds::default(),
        ddtp: Ddtp {
            mode: tc.map_or(DdtpMode::Bare, |_| DdtpMode::OneLevel),
            busy: false,
            ppn: DIRECTORY >> 12,
        },
    };
    let request = Request {
        kind,
        ..Request::untranslated(DeviceId::truncate(0), access, Iova::new(iova), 4)
    };
    translate(&configuration, &memory, &request)
}

fn passes(translation: &Translation, iova: u64) -> bool {
    matches!(&translation.answer, Answer::Translated(to) if to.address == Spa::new(iova))
}

#[test]
fn an_address_that_no_bus_carries_is_an_access_fault() {
    let valid = Tc {
        v: true,
        en_ats: true,
        ..Tc::default()
    };
    for (tc, kind) in [
        (None, RequestKind::Untranslated),
        (Some(valid), RequestKind::Untranslated),
        (Some(valid), RequestKind::Translated),
    ] {
        for (access, cause) in [
            (Access::Read, Cause::ReadAccessFault),
            (Access::Write, Cause::WriteAccessFault),
        ] {
            let widest = (1 << 56) - 8;
            assert!(passes(&ask(tc, kind, access, widest), widest));
            for iova in [1 << 56, 1 << 63] {
                let refused = ask(tc, kind, access, iova);
                assert_eq!(refused.answer, Answer::UnsupportedRequest);
                assert_eq!(refused.fault.map(|fault| fault.cause), Some(cause));
                assert!(refused.reported);
            }
        }
    }
}

#[test]
fn disabled_reporting_hides_it() {
    let tc = Tc {
        v: true,
        dtf: true,
        ..Tc::default()
    };
    let refused = ask(Some(tc), RequestKind::Untranslated, Access::Read, 1 << 56);
    assert_eq!(refused.answer, Answer::UnsupportedRequest);
    assert!(!refused.reported);
}
