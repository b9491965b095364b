// SPDX-License-Identifier: Apache-2.0
//! The register port, pin by pin: strobes that no processor of the bench gives,
//! and address and data that do not come together.

use crate::support::builds;
use sallyport_bench::Build;
use sallyport_formats::constants as c;
use sallyport_sim::{CoreInputs, CoreOutputs, CoreTop, LiteManagerPins, Model};

const OKAY: u8 = 0;
const SLVERR: u8 = 2;

struct Port {
    model: Model<CoreTop>,
    outputs: CoreOutputs,
}

impl Port {
    fn new(build: Build) -> Self {
        let mut port = Self {
            model: Model::new(build, 96).unwrap_or_else(|error| panic!("{error}")),
            outputs: CoreOutputs::default(),
        };
        for _ in 0..4 {
            port.clock(false, LiteManagerPins::default());
        }
        port
    }

    fn clock(&mut self, reset_n: bool, registers: LiteManagerPins) {
        let inputs = CoreInputs {
            reset_n,
            registers,
            ..CoreInputs::default()
        };
        let ran = self.model.clock(&inputs, &mut self.outputs);
        ran.unwrap_or_else(|error| panic!("{error}"));
    }

    /// Writes with these strobes; address and data come in these clocks. BRESP.
    fn write(&mut self, offset: u64, value: u64, strobes: u8, (address, data): (u32, u32)) -> u8 {
        let mut sent = (false, false);
        for clock in 0..40 {
            let pins = LiteManagerPins {
                aw_valid: clock >= address && !sent.0,
                aw_addr: offset as u16,
                w_valid: clock >= data && !sent.1,
                w_data: value,
                w_strb: strobes,
                b_ready: true,
                ..LiteManagerPins::default()
            };
            self.clock(true, pins);
            let answer = self.outputs.registers;
            sent.0 |= pins.aw_valid && answer.aw_ready;
            sent.1 |= pins.w_valid && answer.w_ready;
            if answer.b_valid {
                assert_eq!(sent, (true, true));
                return answer.b_resp;
            }
        }
        panic!("no B");
    }

    fn read(&mut self, offset: u64) -> u64 {
        let mut sent = false;
        for _ in 0..40 {
            let pins = LiteManagerPins {
                ar_valid: !sent,
                ar_addr: offset as u16,
                r_ready: true,
                ..LiteManagerPins::default()
            };
            self.clock(true, pins);
            let answer = self.outputs.registers;
            sent |= pins.ar_valid && answer.ar_ready;
            if answer.r_valid {
                assert_eq!(answer.r_resp, 0);
                return answer.r_data;
            }
        }
        panic!("no R");
    }
}

#[test]
fn a_write_counts_by_words() {
    for build in builds(&Build::ALL) {
        let mut port = Port::new(build);
        let base = c::REG_CQB;
        let times = [(0, 0), (0, 5), (5, 0), (1, 2)];
        for (n, time) in times.into_iter().enumerate() {
            let first = 0x0000_0111_2222_3405 + (n as u64) * 0x400;
            assert_eq!(port.write(base, first, 0xff, time), OKAY);
            assert_eq!(port.read(base), first, "{build}");
            assert_eq!(port.write(base, u64::MAX, 0, time), OKAY);
            assert_eq!(port.read(base), first, "{build}");
            for strobes in [0x01, 0x80, 0x07, 0xe0, 0x3c, 0x1f] {
                assert_eq!(port.write(base, u64::MAX, strobes, time), SLVERR);
                assert_eq!(port.read(base), first, "{build}, strobes {strobes:#x}");
            }
            let second = 0x0000_0222_0000_0c06;
            assert_eq!(port.write(base, second, 0x0f, time), OKAY);
            let low = first >> 32 << 32 | second & 0xffff_ffff;
            assert_eq!(port.read(base), low, "{build}");
            assert_eq!(port.write(base, second, 0xf0, time), OKAY);
            assert_eq!(port.read(base), second, "{build}");
        }
    }
}
