// SPDX-License-Identifier: Apache-2.0
//! The IOMMU's function alone.

use crate::machine::{CONFIG, RAM, RAM_BYTES, Ram, Rig};
use sallyport_driver::{Config, Iommu, now};
use sallyport_formats::constants as c;
use sallyport_formats::regs::Capabilities;
use sallyport_formats::{DeviceId, Iova};
use sallyport_vfio::{Build, Outcome};
use vfio_bindings::bindings::vfio::{
    VFIO_IRQ_SET_ACTION_MASK, VFIO_IRQ_SET_ACTION_TRIGGER, VFIO_IRQ_SET_ACTION_UNMASK,
    VFIO_IRQ_SET_DATA_NONE, VFIO_PCI_MSIX_IRQ_INDEX,
};

#[test]
fn registers_are_those_of_the_rtl() {
    let rig = Rig::start(|_| ());
    let ram = Ram::new();
    let mut iommu = rig.iommu(&ram);
    assert_eq!(iommu.get::<4>(CONFIG, 0), [0x36, 0x1b, 0x14, 0x00]);
    let capabilities = iommu.get64(c::REG_CAPABILITIES);
    let parsed = Capabilities::parse(capabilities);
    assert_eq!(parsed.version, 0x10);
    assert!(parsed.sv57 && parsed.msi_flat);
    assert_eq!(iommu.get32(0), capabilities as u32);
    assert_eq!(iommu.get32(4), (capabilities >> 32) as u32);
    // Software finds as many vectors as the MSI-X table has.
    iommu.put64(c::REG_ICVEC, u64::MAX);
    assert_eq!(iommu.get64(c::REG_ICVEC), 0xffff);
    let counters = rig.server.stop().unwrap();
    assert_eq!(counters.iommu_registers.reads, 4);
    assert_eq!(counters.iommu_registers.writes, 1);
    assert!(counters.clocks > 0);
}

#[test]
fn a_capability_can_be_hidden() {
    let sv48 = 1 << c::CAPABILITIES_SV48_BIT;
    let rig = Rig::start(|options| {
        options.build = Build::Default;
        options.mask_capabilities = sv48;
    });
    let mut iommu = rig.iommu(&Ram::new());
    let capabilities = Capabilities::parse(iommu.get64(c::REG_CAPABILITIES));
    assert!(capabilities.sv39 && !capabilities.sv48);
    assert_eq!(iommu.get32(0) & sv48 as u32, 0);
}

#[test]
fn accesses_that_no_register_takes_read_as_ones() {
    let rig = Rig::start(|_| ());
    let mut iommu = rig.iommu(&Ram::new());
    assert_eq!(iommu.get::<1>(0, 0), [0xff]);
    assert_eq!(iommu.get::<4>(0, 2), [0xff; 4]);
    assert_eq!(iommu.get::<4>(0, 4096), [0xff; 4]);
    assert_eq!(iommu.get::<16>(0, 0), [0xff; 16]);
    assert_eq!(iommu.get::<4>(1, 0), [0xff; 4]);
    assert_eq!(iommu.get::<4>(2, 4094), [0xff; 4]);
    assert_eq!(iommu.get::<4>(CONFIG, 256), [0xff; 4]);
    iommu.client.region_write(0, 3, &[1; 3]).unwrap();
    iommu.client.region_write(0, u64::MAX, &[1; 8]).unwrap();
    iommu.client.region_write(2, u64::MAX, &[1; 8]).unwrap();
    iommu.client.region_write(2, 16, &[7; 4]).unwrap();
    assert_eq!(iommu.get::<4>(2, 16), [7; 4]);
    assert_eq!(rig.server.counters().malformed_accesses, 10);
}

/// Masking is the business of the table, which the client has.
#[test]
fn only_a_trigger_fires_a_vector() {
    let rig = Rig::start(|_| ());
    let mut iommu = rig.iommu(&Ram::new());
    for (action, fires) in [
        (VFIO_IRQ_SET_ACTION_MASK, false),
        (VFIO_IRQ_SET_ACTION_UNMASK, false),
        (VFIO_IRQ_SET_ACTION_TRIGGER, true),
    ] {
        let flags = VFIO_IRQ_SET_DATA_NONE | action;
        iommu
            .client
            .set_irqs(VFIO_PCI_MSIX_IRQ_INDEX, flags, 0, 1, &[])
            .unwrap();
        assert_eq!(iommu.has_fired(0), fires, "{flags:#x}");
    }
}

#[test]
fn the_driver_starts_and_stops_it_and_faults_interrupt() {
    let rig = Rig::start(|_| ());
    let mut ram = Ram::new();
    let mut function = rig.iommu(&ram);
    // Interrupts by message: the vectors are pointed to the events already.
    function.put32(c::REG_FCTL, 0);
    let config = Config::default();
    let mut iommu = now(Iommu::start(function, &mut ram, &config))
        .unwrap()
        .unwrap();
    let fqcsr = iommu.registers().get32(c::REG_FQCSR);
    let on = fqcsr | 1 << c::FQCSR_FIE_BIT;
    iommu.registers().put32(c::REG_FQCSR, on);
    let device = DeviceId::from(0x28_u16);
    let refused = rig
        .server
        .rogue_write(device, Iova::new(0x5000), &[1; 64])
        .unwrap();
    assert!(matches!(refused, Outcome::Refused(error) if error.write));
    iommu.registers().interrupt(1);
    assert!(now(iommu.pending_interrupts()).unwrap().fip);
    let record = now(iommu.next_fault(&ram)).unwrap().unwrap();
    assert_eq!((record.did, record.iotval), (device, 0x5000));
    assert_eq!(record.cause.code(), 258, "DDT entry not valid");
    let function = now(iommu.stop(&mut ram)).unwrap().unwrap();
    assert!(!function.has_fired(0) && !function.has_fired(1));
    let counters = rig.server.stop().unwrap();
    assert_eq!(counters.requests.others, 1);
    assert_eq!(counters.requests.refused, 1);
    assert_eq!(counters.fault(258), 1);
    assert_eq!(counters.iommu_interrupts, [(1, 1)].into());
    assert_eq!(counters.command("IODIR.INVAL_DDT", &[]), 1);
    assert_eq!(counters.command("IOTINVAL.VMA", &[]), 1);
    assert_eq!(counters.command("IOTINVAL.GVMA", &[]), 1);
    assert!(counters.command("IOFENCE.C", &[]) >= 1);
}

#[test]
fn memory_that_nobody_brought_refuses_and_goes_with_who_brought_it() {
    let rig = Rig::start(|_| ());
    let ram = Ram::new();
    let mut iommu = rig.iommu(&ram);
    // Bare: addresses pass.
    iommu.put64(c::REG_DDTP, 1);
    let device = DeviceId::from(0x28_u16);
    let write = |at| {
        let done = rig.server.rogue_write(device, Iova::new(at), b"sally");
        matches!(done.unwrap(), Outcome::Done(()))
    };
    assert!(write(RAM + 0x1003));
    let read = rig.server.rogue_read(device, Iova::new(RAM + 0x1003), 5);
    assert_eq!(read.unwrap(), Outcome::Done(b"sally".to_vec()));
    assert!(!write(RAM + RAM_BYTES));
    assert!(!write(0x1000));
    iommu.client.dma_unmap(RAM, RAM_BYTES).unwrap();
    assert!(!write(RAM + 0x1003));
}

#[test]
fn a_reset_of_the_function_resets_the_rtl() {
    let rig = Rig::start(|_| ());
    let mut iommu = rig.iommu(&Ram::new());
    iommu.put64(c::REG_DDTP, 1);
    assert_eq!(iommu.get64(c::REG_DDTP) & 0xf, 1);
    iommu.client.reset().unwrap();
    assert_eq!(iommu.get64(c::REG_DDTP), 0);
}
