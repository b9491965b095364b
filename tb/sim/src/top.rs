// SPDX-License-Identifier: Apache-2.0
//! The tops that can be simulated.

use std::fmt::Debug;
use std::pin::Pin;

use cxx::UniquePtr;
use cxx::memory::UniquePtrTarget;

use crate::Build;
use crate::bridge::ffi;

mod sealed {
    /// Calls into C++, for one type of model.
    pub trait Engine: super::UniquePtrTarget + Send + Sized {
        type Inputs;
        type Outputs;
        fn create(build: u32, seed: u32) -> super::UniquePtr<Self>;
        fn clock(self: super::Pin<&mut Self>, i: &Self::Inputs, o: &mut Self::Outputs) -> bool;
        fn trace_open(self: super::Pin<&mut Self>, path: &str);
        fn trace_close(self: super::Pin<&mut Self>);
    }
}

pub(crate) use sealed::Engine;

/// A top-level module of the RTL.
pub trait Top: Debug + 'static {
    /// What its peers drive.
    type Inputs: Copy + Debug + Default + Send + 'static;
    /// What it drives.
    type Outputs: Copy + Debug + Default + Send + 'static;
    /// The verilated module.
    #[doc(hidden)]
    type Engine: sealed::Engine<Inputs = Self::Inputs, Outputs = Self::Outputs>;
    /// The module's name.
    const MODULE: &'static str;
}

/// `iommu_axi`: the IOMMU with AXI4 ports.
#[derive(Debug)]
pub enum AxiTop {}

impl Top for AxiTop {
    type Inputs = ffi::AxiInputs;
    type Outputs = ffi::AxiOutputs;
    type Engine = ffi::AxiModel;
    const MODULE: &'static str = "iommu_axi";
}

/// `iommu_core_port`: the core, with translation requests in and answers out.
#[derive(Debug)]
pub enum CoreTop {}

impl Top for CoreTop {
    type Inputs = ffi::CoreInputs;
    type Outputs = ffi::CoreOutputs;
    type Engine = ffi::CoreModel;
    const MODULE: &'static str = "iommu_core_port";
}

/// `iommu_pcie`: the IOMMU with TLP ports towards devices.
#[derive(Debug)]
pub enum PcieTop {}

impl Top for PcieTop {
    type Inputs = ffi::PcieInputs;
    type Outputs = ffi::PcieOutputs;
    type Engine = ffi::PcieModel;
    const MODULE: &'static str = "iommu_pcie";
}

macro_rules! engine {
    ($model:ident, $inputs:ident, $outputs:ident, $new:ident) => {
        impl sealed::Engine for ffi::$model {
            type Inputs = ffi::$inputs;
            type Outputs = ffi::$outputs;

            fn create(build: u32, seed: u32) -> UniquePtr<Self> {
                ffi::$new(build, seed)
            }

            fn clock(self: Pin<&mut Self>, i: &ffi::$inputs, o: &mut ffi::$outputs) -> bool {
                ffi::$model::clock(self, i, o)
            }

            fn trace_open(self: Pin<&mut Self>, path: &str) {
                ffi::$model::trace_open(self, path);
            }

            fn trace_close(self: Pin<&mut Self>) {
                ffi::$model::trace_close(self);
            }
        }
    };
}

engine!(AxiModel, AxiInputs, AxiOutputs, new_axi);
engine!(CoreModel, CoreInputs, CoreOutputs, new_core);
engine!(PcieModel, PcieInputs, PcieOutputs, new_pcie);

/// The model of `T` in `build`, or `None` if it was not built.
pub(crate) fn create<T: Top>(build: Build, seed: u32) -> Option<UniquePtr<T::Engine>> {
    let engine = T::Engine::create(build as u32, seed);
    (!engine.is_null()).then_some(engine)
}
