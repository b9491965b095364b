// SPDX-License-Identifier: Apache-2.0
//! The system in which all scenes are played.

use crate::report::{Scene, Traffic};
use crate::{DemoError, Options, Progress};
use sallyport_bench::hardware::Digest;
use sallyport_bench::{Bench, Build, Host, Seed, SystemConfig};
use sallyport_log::Recorder;
use sallyport_os::OsError;
use std::fs::File;
use std::io::BufWriter;

/// The build that is shown.
pub const BUILD: Build = Build::Full;

/// One system, from reset to the end of the demo.
pub struct Machine {
    bench: Bench,
    progress: Progress,
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
        if let Some(path) = &options.tlp_capture {
            bench.with_system(|platform| match platform.pcie() {
                Some(system) => system.link().begin_capture(path, options.seed),
                None => Ok(()),
            })?;
        }
        Ok(Self {
            bench,
            progress: options.progress.clone(),
        })
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
        self.bench.with_system(|platform| match platform.pcie() {
            Some(system) => system.link().end_capture().map(drop),
            None => Ok(()),
        })?;
        Ok(self
            .bench
            .with_system(|system| (system.counters().clocks, system.digest())))
    }
}
