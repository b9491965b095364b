// SPDX-License-Identifier: Apache-2.0
//! The thread that owns the simulation.

mod activity;
mod interrupts;
mod machine;
mod request;
mod windows;

pub(crate) use activity::{Work, Working};
pub(crate) use interrupts::VECTORS as IOMMU_VECTORS;
pub(crate) use request::{Access, Dma, Function, Link, Reply, Request};

use crate::counters::Tally;
use crate::function::Vectors;
use crate::nvme::Disk;
use crate::{Error, Options};
use machine::Machine;
use sallyport_bench::{Bench, SystemConfig};
use sallyport_log::Recorder;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

/// What the simulation shares with the other threads.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub tally: Arc<Tally>,
    pub disk: Arc<Disk>,
    pub iommu_vectors: Arc<Vectors>,
    pub nvme_vectors: Arc<Vectors>,
}

/// More clocks than any run has.
const FOREVER: u64 = u64::MAX / 2;

/// Runs until it is asked to stop; tells `ready` when it can serve, or why not.
pub(crate) fn simulate(
    options: &Options,
    shared: &Shared,
    requests: &Receiver<Request>,
    ready: &Reply<Result<(), Error>>,
) -> Result<(), Error> {
    let config = SystemConfig {
        waveform: options.wave.clone(),
        ..SystemConfig::new(options.build, options.seed)
    };
    let (mut bench, recorder) = match Bench::new(&config)
        .map_err(Error::from)
        .and_then(|bench| Ok((bench, recorder(options, shared)?)))
    {
        Ok(made) => made,
        Err(error) => {
            // Whoever starts the server is waiting.
            let _ = ready.send(Err(error));
            return Ok(());
        }
    };
    bench.with_system(|system| system.record(recorder));
    let result = bench.run(FOREVER, async |host| {
        let mut machine = Machine::new(host, shared.clone()).await;
        let _ = ready.send(Ok(()));
        machine.serve(requests).await;
    });
    let recorder = bench.with_system(sallyport_bench::Platform::take_recorder);
    result?;
    match (recorder, &options.log) {
        (Some(mut recorder), Some(path)) => {
            recorder.finish().map_err(|error| log_error(path, &error))
        }
        _ => Ok(()),
    }
}

fn recorder(options: &Options, shared: &Shared) -> Result<Recorder, Error> {
    let tally = Arc::clone(&shared.tally);
    let recorder = Recorder::new(options.build).telling(move |line| tally.line(line));
    match &options.log {
        None => Ok(recorder),
        Some(path) => {
            let file = File::create(path).map_err(|error| log_error(path, &error))?;
            Ok(recorder.writing(BufWriter::new(file)))
        }
    }
}

fn log_error(path: &Path, error: &impl ToString) -> Error {
    Error::Log {
        path: path.to_owned(),
        message: error.to_string(),
    }
}
