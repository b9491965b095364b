// SPDX-License-Identifier: Apache-2.0
//! All pins in one clock, whichever top they are of.

use sallyport_sim::{
    AnswerPins, AxiInputs, AxiOutputs, CoreInputs, CoreOutputs, LiteManagerPins,
    LiteSubordinatePins, ManagerPins, PcieInputs, PcieOutputs, RequestPins, SubordinatePins,
    TracePins,
};

/// What a recorder looks at in one clock: the pins as they are sampled at its
/// end.
#[derive(Clone, Copy, Debug)]
pub struct ClockView<'a> {
    /// Where requests enter and answers leave.
    pub devices: DeviceView<'a>,
    /// `mem_axi`, what the IOMMU drives.
    pub memory: &'a ManagerPins,
    /// `mem_axi`, what memory drives.
    pub memory_response: &'a SubordinatePins,
    /// The register port, what the processor drives.
    pub registers: &'a LiteManagerPins,
    /// The register port, what the IOMMU drives.
    pub registers_response: &'a LiteSubordinatePins,
    /// What goes on inside.
    pub trace: &'a TracePins,
}

/// The side of the devices.
#[derive(Clone, Copy, Debug)]
pub enum DeviceView<'a> {
    /// `iommu_axi`.
    Axi {
        /// `s_axi`, what the devices drive.
        device: &'a ManagerPins,
        /// `s_axi`, what the IOMMU drives.
        device_response: &'a SubordinatePins,
        /// `m_axi`, what the IOMMU drives.
        out: &'a ManagerPins,
        /// `m_axi`, what memory drives.
        out_response: &'a SubordinatePins,
    },
    /// `iommu_core_port`.
    Core {
        /// The request that is offered.
        request: &'a RequestPins,
        /// It is accepted.
        ready: bool,
        /// The answer.
        answer: &'a AnswerPins,
    },
    /// `iommu_pcie`, as its core sees it: one request for each write, completion and
    /// translation.
    Pcie {
        /// The request that the core accepts, if it is valid.
        accepted: &'a RequestPins,
        /// Its tag.
        tag: u8,
        /// The answer.
        answer: &'a AnswerPins,
    },
}

impl<'a> ClockView<'a> {
    /// A clock of `iommu_pcie`.
    #[must_use]
    pub const fn pcie(inputs: &'a PcieInputs, outputs: &'a PcieOutputs) -> Self {
        Self {
            devices: DeviceView::Pcie {
                accepted: &outputs.accepted,
                tag: outputs.accepted_tag,
                answer: &outputs.answer,
            },
            memory: &outputs.memory,
            memory_response: &inputs.memory,
            registers: &inputs.registers,
            registers_response: &outputs.registers,
            trace: &outputs.trace,
        }
    }

    /// A clock of `iommu_axi`.
    #[must_use]
    pub const fn axi(inputs: &'a AxiInputs, outputs: &'a AxiOutputs) -> Self {
        Self {
            devices: DeviceView::Axi {
                device: &inputs.device,
                device_response: &outputs.device,
                out: &outputs.out,
                out_response: &inputs.out,
            },
            memory: &outputs.memory,
            memory_response: &inputs.memory,
            registers: &inputs.registers,
            registers_response: &outputs.registers,
            trace: &outputs.trace,
        }
    }

    /// A clock of `iommu_core_port`.
    #[must_use]
    pub const fn core(inputs: &'a CoreInputs, outputs: &'a CoreOutputs) -> Self {
        Self {
            devices: DeviceView::Core {
                request: &inputs.request,
                ready: outputs.request_ready,
                answer: &outputs.answer,
            },
            memory: &outputs.memory,
            memory_response: &inputs.memory,
            registers: &inputs.registers,
            registers_response: &outputs.registers,
            trace: &outputs.trace,
        }
    }
}
