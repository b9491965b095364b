// SPDX-License-Identifier: Apache-2.0
//! "Quality-of-Service (QoS) Identifiers Extension".

use sallyport_formats::constants as c;
use sallyport_formats::context::Tc;
use sallyport_formats::regs::DdtpMode;
use sallyport_formats::{Iova, ProcessId};
use sallyport_model::{Access, Answer, Design, QosIds, Request, Structure};

use crate::machine::{DEVICE, Machine, context, pd8, process, sv39x4};

const OWN: QosIds = QosIds { rcid: 1, mcid: 2 };
const DEVICES: QosIds = QosIds { rcid: 3, mcid: 4 };

fn read() -> Request {
    Request::untranslated(DEVICE, Access::Read, Iova::new(0), 4)
}

fn machine() -> Machine {
    let mut machine = Machine::new(Design::full_qos());
    machine.write(c::REG_IOMMU_QOSID, OWN.register().emit().into());
    machine.map_page_0();
    let mut dc = context(Tc {
        pdtv: true,
        ..Tc::default()
    });
    dc.iohgatp = sv39x4();
    dc.fsc = pd8();
    dc.fsc.ppn = 0;
    (dc.ta.rcid, dc.ta.mcid) = (DEVICES.rcid, DEVICES.mcid);
    machine.set_context(&dc);
    machine.put_words(16, &process().emit());
    machine
}

#[test]
fn the_directory_is_the_iommus_the_rest_the_devices() {
    let mut machine = machine();
    let request = Request {
        process_id: Some(ProcessId::truncate(1)),
        ..read()
    };
    let translation = machine.iommu.request(&request);
    assert!(matches!(translation.answer, Answer::Translated(_)));
    assert_eq!(translation.qos, DEVICES);
    for read in &translation.reads {
        let expected = match read.structure {
            Structure::DdtEntry(_) | Structure::DeviceContext => OWN,
            _ => DEVICES,
        };
        assert_eq!(read.qos, expected, "{read}");
    }
    assert!(translation.reads.len() > 10);
}

#[test]
fn in_bare_mode_all_is_the_iommus() {
    let mut machine = machine();
    machine.set_mode(DdtpMode::Off);
    machine.set_mode(DdtpMode::Bare);
    let translation = machine.iommu.request(&read());
    assert!(matches!(translation.answer, Answer::Translated(_)));
    assert_eq!(translation.qos, OWN);
}

#[test]
fn the_register_exists_with_the_capability() {
    let all = 0x0fff_0fff;
    let mut machine = Machine::off(Design::full_qos());
    machine.write(c::REG_IOMMU_QOSID, u64::MAX);
    assert_eq!(machine.read(c::REG_IOMMU_QOSID), all);
    let mut narrow = Machine::off(Design {
        rcid_bits: 6,
        mcid_bits: 8,
        ..Design::full_qos()
    });
    narrow.write(c::REG_IOMMU_QOSID, u64::MAX);
    assert_eq!(narrow.read(c::REG_IOMMU_QOSID), 0x00ff_003f);
    let mut without = Machine::off(Design::full());
    without.write(c::REG_IOMMU_QOSID, u64::MAX);
    assert_eq!(without.read(c::REG_IOMMU_QOSID), 0);
}
