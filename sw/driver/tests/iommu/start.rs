// SPDX-License-Identifier: Apache-2.0
//! Initialisation: what is negotiated, and what is refused.

use sallyport_driver::fake::{FakeMemory, FakeRegisters};
use sallyport_driver::{Config, Error, Interrupts, Message, Mmio, now};
use sallyport_formats::constants as c;
use sallyport_formats::regs::{Capabilities, InterruptSupport, msi_cfg_tbl};
use sallyport_formats::{Command, Endian, Spa};

use crate::{start, started};

#[test]
fn caches_are_emptied_before_translation_begins() {
    let mem = FakeMemory::new();
    let mut iommu = started(&mem);
    let regs = &mut iommu.registers().0;
    assert!(matches!(
        regs.executed[..],
        [
            Command::InvalidateDdt(_),
            Command::InvalidateVma(_),
            Command::InvalidateGvma(_),
            Command::Fence(_)
        ]
    ));
    assert_eq!(regs.read32(c::REG_DDTP) & 0xf, c::DDTP_MODE_3LVL as u32);
}

#[test]
fn queues_take_what_the_registers_hold() {
    let mem = FakeMemory::new();
    let mut regs = FakeRegisters::new();
    regs.log2sz_minus_1 = 4;
    let iommu = start(regs, &mem, &Config::default()).unwrap();
    assert_eq!(iommu.command_capacity(), 31);
    let small = Config {
        log2_commands: 3,
        ..Config::default()
    };
    assert_eq!(
        start(FakeRegisters::new(), &mem, &small)
            .unwrap()
            .command_capacity(),
        7
    );
}

#[test]
fn the_fewest_levels_that_suffice_and_exist() {
    let cases = [
        (6, &[1, 2, 3][..], 1),
        (7, &[1, 2, 3], 2),
        (6, &[3], 3),
        (16, &[1, 2, 3], 3),
    ];
    for (device_id_bits, levels, expected) in cases {
        let mem = FakeMemory::new();
        let mut regs = FakeRegisters::new();
        regs.levels = levels.to_vec();
        let config = Config {
            device_id_bits,
            ..Config::default()
        };
        let iommu = start(regs, &mem, &config).unwrap();
        assert_eq!(
            iommu.directory().levels(),
            expected,
            "{device_id_bits} {levels:?}"
        );
    }
    let mem = FakeMemory::new();
    let mut regs = FakeRegisters::new();
    regs.levels = vec![1, 2];
    let error = start(regs, &mem, &Config::default()).unwrap_err();
    assert!(matches!(error, Error::Unsupported(_)), "{error}");
}

#[test]
fn what_the_iommu_cannot_do_is_refused() {
    let with = |caps: Capabilities| FakeRegisters::with_capabilities(&caps);
    let mem = FakeMemory::new();
    let old = with(Capabilities {
        version: 0x20,
        ..Capabilities::default()
    });
    assert_eq!(
        start(old, &mem, &Config::default()).unwrap_err(),
        Error::Version(0x20)
    );

    let caps = Capabilities {
        version: 0x10,
        igs: InterruptSupport::Wsi,
        ..Capabilities::default()
    };
    let messages = Config {
        interrupts: Interrupts::Messages(&[]),
        ..Config::default()
    };
    assert!(matches!(
        start(with(caps), &mem, &messages),
        Err(Error::Unsupported(_))
    ));
    let caps = Capabilities {
        igs: InterruptSupport::Msi,
        ..caps
    };
    let wires = Config {
        interrupts: Interrupts::Wires,
        ..Config::default()
    };
    assert!(matches!(
        start(with(caps), &mem, &wires),
        Err(Error::Unsupported(_))
    ));
}

#[test]
fn nothing_waits_forever() {
    let mem = FakeMemory::new();
    let mut regs = FakeRegisters::new();
    regs.stuck = true;
    assert!(matches!(
        start(regs, &mem, &Config::default()),
        Err(Error::Timeout { .. })
    ));
}

#[test]
fn a_lack_of_memory_is_told() {
    let mem = FakeMemory::with_bytes(0x1000);
    let error = start(FakeRegisters::new(), &mem, &Config::default()).unwrap_err();
    assert_eq!(error, Error::OutOfMemory { bytes: 256 * 32 });
}

#[test]
fn vectors_are_cut_and_messages_filled_in() {
    let mem = FakeMemory::new();
    let mut regs = FakeRegisters::new();
    regs.vector_bits = 1;
    let messages = [Message {
        addr: Spa::new(0x2800_0000),
        data: 7,
    }];
    let config = Config {
        interrupts: Interrupts::Messages(&messages),
        ..Config::default()
    };
    let mut iommu = start(regs, &mem, &config).unwrap();
    let vectors = *iommu.vectors();
    assert_eq!(
        (vectors.civ, vectors.fiv, vectors.pmiv, vectors.piv),
        (0, 1, 0, 1)
    );
    let regs = &mut iommu.registers().0;
    assert_eq!(regs.read32(msi_cfg_tbl(0)), 0x2800_0000);
    assert_eq!(regs.read32(msi_cfg_tbl(0) + c::MSI_CFG_TBL_DATA_OFFSET), 7);
    let masked = [0, 1, 2].map(|v| regs.read32(msi_cfg_tbl(v) + c::MSI_CFG_TBL_VEC_CTL_OFFSET));
    assert_eq!(
        masked,
        [0, 1, 0],
        "vector 1 has no message, vector 2 does not exist"
    );
    assert_eq!(regs.read32(c::REG_FQCSR) >> c::FQCSR_FIE_BIT & 1, 1);
}

#[test]
fn wires_and_byte_order_are_set() {
    let mem = FakeMemory::new();
    let config = Config {
        interrupts: Interrupts::Wires,
        endian: Endian::Big,
        ..Config::default()
    };
    // The fake executes little-endian commands only, so it is not connected.
    let regs = sallyport_driver::Immediate(FakeRegisters::new());
    let iommu = now(sallyport_driver::Iommu::start(
        regs,
        &mut mem.clone(),
        &config,
    ));
    let iommu = iommu.unwrap().unwrap();
    assert!(iommu.fctl().wsi && iommu.fctl().be);
}

#[test]
fn a_second_start_and_a_stop_leave_nothing_behind() {
    let mem = FakeMemory::new();
    let iommu = started(&mem);
    let mut regs = now(iommu.stop(&mut mem.clone())).unwrap().unwrap().0;
    assert_eq!(mem.allocated(), 0);
    assert_eq!(regs.read32(c::REG_DDTP) & 0xf, 0);
    assert_eq!(regs.read32(c::REG_CQCSR), 0);
    // Firmware left it on: the driver takes over all the same.
    let mut iommu = start(regs, &mem, &Config::default()).unwrap();
    let running = std::mem::take(&mut iommu.registers().0);
    let mut iommu = start(running, &mem, &Config::default()).unwrap();
    assert_eq!(
        iommu.registers().0.read32(c::REG_CQCSR) >> c::CQCSR_CQON_BIT & 1,
        1
    );
}
