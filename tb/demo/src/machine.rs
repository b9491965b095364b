// SPDX-License-Identifier: Apache-2.0
//! The system in which all scenes are played.

use crate::report::{Scene, Traffic};
use crate::{DemoError, Options, Progress};
use sallyport_bench::hardware::Digest;
use sallyport_bench::{Bench, Build, Host, Seed, SystemConfig};
use sallyport_log::Recorder;
use sallyport_os::OsError;
use sallyport_tlp::{CaptureWriter, PcapError};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// The build that is shown.
pub const BUILD: Build = Build::Full;

/// One system, from reset to the end of the demo.
pub struct Machine {
    bench: Bench,
    progress: Progress,
    tlp_capture: Option<PathBuf>,
}

/// What the only port is called in captures.
const PORT: &str = "root port";

fn failed(path: &Path, source: PcapError) -> DemoError {
    DemoError::TlpCapture {
        path: path.to_owned(),
        source,
    }
}

/// What a scene is called.
#[derive(Clone, Copy, Debug)]
pub struct Title {
    pub number: u32,
    pub name: &'static str,
    pub title: &'static str,
}

impl Title {
    /// The scene, before anything has happened.
    pub fn scene(self) -> Scene {
        Scene {
            number: self.number,
            name: self.name,
            title: self.title,
            passed: false,
            problems: Vec::new(),
            traffic: Traffic::default(),
            detail: None,
        }
    }
}

impl Machine {
    pub fn new(options: &Options) -> Result<Self, DemoError> {
        let log = options.log.as_ref().map(|path| {
            let failed = |source| DemoError::Log {
                path: path.clone(),
                source,
            };
            File::create(path).map(BufWriter::new).map_err(failed)
        });
        let log = log.transpose()?;
        let timing = if options.random_timing {
            SystemConfig::random
        } else {
            SystemConfig::new
        };
        let config = SystemConfig {
            bus: options.bus,
            waveform: options.waveform.clone(),
            ..timing(BUILD, Seed::new(options.seed))
        };
        let mut bench = Bench::new(&config)?;
        if let Some(log) = log {
            let recorder = Recorder::new(BUILD).keeping(0).writing(log);
            bench.with_system(|system| system.record(recorder));
        }
        let machine = Self {
            bench,
            progress: options.progress.clone(),
            tlp_capture: options.tlp_capture.clone(),
        };
        machine.begin_capture(options.seed)
    }

    fn begin_capture(mut self, seed: u64) -> Result<Self, DemoError> {
        if let Some(path) = &self.tlp_capture {
            let file = File::create(path).map_err(PcapError::IoError);
            let writer = file.and_then(|file| CaptureWriter::new(file, &[PORT], seed));
            let writer = writer.map_err(|source| failed(path, source))?;
            self.bench.with_system(|platform| {
                if let Some(system) = platform.pcie() {
                    system.link().capture(writer);
                }
            });
        }
        Ok(self)
    }

    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Plays a scene in at most `limit` clocks; also tells whether the system
    /// is fit for another one.
    pub fn play(
        &mut self,
        title: Title,
        limit: u64,
        program: impl AsyncFnOnce(Host, &mut Scene) -> Result<(), OsError>,
    ) -> (Scene, bool) {
        let mut scene = title.scene();
        let played = self
            .bench
            .run(limit, async |host| program(host, &mut scene).await);
        let sound = match played {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                scene.problems.push(error.to_string());
                false
            }
            Err(error) => {
                scene.problems.push(error.to_string());
                false
            }
        };
        scene.passed = scene.problems.is_empty();
        (scene, sound)
    }

    /// Ends log and capture, and tells clocks and digest of all.
    pub fn end(&mut self) -> Result<(u64, Digest), DemoError> {
        let recorder = self.bench.with_system(|system| system.take_recorder());
        if let Some(mut recorder) = recorder {
            recorder.finish()?;
        }
        let writer = self
            .bench
            .with_system(|platform| platform.pcie()?.link().take_capture());
        if let (Some(writer), Some(path)) = (writer, &self.tlp_capture) {
            writer.finish().map_err(|source| failed(path, source))?;
        }
        Ok(self
            .bench
            .with_system(|system| (system.counters().clocks, system.digest())))
    }
}
