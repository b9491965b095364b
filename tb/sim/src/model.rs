// SPDX-License-Identifier: Apache-2.0
//! A model that runs.

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::PathBuf;

use cxx::UniquePtr;

use crate::bridge::ffi;
use crate::top::{self, Engine, Top};
use crate::{Build, SimError};

/// Length of a clock in waveforms, in nanoseconds.
pub const CLOCK_NS: u64 = 10;

/// One instance of a top.
///
/// It starts before reset: registers hold values that follow from the seed, and
/// the user's first clocks drive `reset_n` low.
pub struct Model<T: Top> {
    engine: UniquePtr<T::Engine>,
    build: Build,
    clocks: u64,
    waveform: Option<Waveform>,
}

/// A waveform that is asked for.
struct Waveform {
    path: String,
    window: Range<u64>,
    open: bool,
}

impl<T: Top> Model<T> {
    /// A new instance, whose registers without reset start with random values.
    ///
    /// # Errors
    /// [`SimError::NotBuilt`] if the build script was told to leave it out.
    pub fn new(build: Build, seed: u64) -> Result<Self, SimError> {
        let engine = top::create::<T>(build, fold(seed)).ok_or(SimError::NotBuilt {
            module: T::MODULE,
            build,
        })?;
        Ok(Self {
            engine,
            build,
            clocks: 0,
            waveform: None,
        })
    }

    /// The build it was made with.
    #[must_use]
    pub const fn build(&self) -> Build {
        self.build
    }

    /// Clocks run so far.
    #[must_use]
    pub const fn clocks(&self) -> u64 {
        self.clocks
    }

    /// Runs one clock.
    ///
    /// Applies `inputs`, lets everything settle, samples `outputs`, and then
    /// gives the rising edge. Outputs that depend on inputs of the same clock
    /// are right, so peers that drive their signals from registers see what a
    /// flip-flop at the pin would sample.
    ///
    /// # Errors
    /// [`SimError::Assertion`] if an assertion in the RTL failed in this clock.
    pub fn clock(&mut self, inputs: &T::Inputs, outputs: &mut T::Outputs) -> Result<(), SimError> {
        if self.waveform.is_some() {
            self.waveform_window();
        }
        let clock = self.clocks;
        self.clocks += 1;
        if self.engine.pin_mut().clock(inputs, outputs) {
            Ok(())
        } else {
            self.trace_close();
            Err(SimError::Assertion {
                clock,
                message: ffi::take_messages().trim().to_owned(),
            })
        }
    }

    /// Records the clocks of `window` in an FST file. Clock n stands at
    /// n × [`CLOCK_NS`]. The file is complete when the window has passed, or
    /// after [`Self::trace_close`], or when the model is dropped.
    ///
    /// # Errors
    /// [`SimError::Waveform`] if the file cannot be created.
    pub fn trace(&mut self, path: impl Into<PathBuf>, window: Range<u64>) -> Result<(), SimError> {
        self.trace_close();
        let path = path.into();
        let error = |source| SimError::Waveform {
            path: path.clone(),
            source,
        };
        let name = path
            .to_str()
            .ok_or_else(|| error(io::Error::other("its name is not UTF-8")))?
            .to_owned();
        File::create(&path).map_err(error)?;
        self.waveform = Some(Waveform {
            path: name,
            window,
            open: false,
        });
        Ok(())
    }

    /// Ends the waveform, if there is one.
    pub fn trace_close(&mut self) {
        if self.waveform.take().is_some_and(|w| w.open) {
            self.engine.pin_mut().trace_close();
        }
    }

    fn waveform_window(&mut self) {
        let Some(waveform) = &mut self.waveform else {
            return;
        };
        if self.clocks >= waveform.window.end {
            self.trace_close();
        } else if self.clocks >= waveform.window.start && !waveform.open {
            waveform.open = true;
            self.engine.pin_mut().trace_open(&waveform.path);
        }
    }
}

impl<T: Top> fmt::Debug for Model<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("module", &T::MODULE)
            .field("build", &self.build)
            .field("clocks", &self.clocks)
            .finish_non_exhaustive()
    }
}

/// Verilator's seeds have 31 bits, and 0 means to ask the system.
fn fold(seed: u64) -> u32 {
    let mixed = (seed ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed >> 33) as u32).max(1)
}
