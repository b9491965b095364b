// SPDX-License-Identifier: Apache-2.0
//! One boot of the guest.

use crate::child::{Line, Program};
use crate::clock::Clock;
use crate::console::{Console, Event, event};
use crate::hardware::{Attempt, Hardware, digest};
use crate::plan::{Pages, Rogue, Run};
use crate::qemu::{self, Boot};
use crate::{Distribution, Error, initramfs};
use sallyport_bench::{Build, Seed, Waveform};
use sallyport_vfio::{Counters, Server};
use serde::Serialize;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The choices of a boot.
#[derive(Clone, Debug)]
pub struct Options {
    /// The build of the RTL.
    pub build: Build,
    /// Pages of paging runs.
    pub pages: Pages,
    /// Where all random choices come from.
    pub seed: u64,
    /// MiB to be read, to be written, and to be read again.
    pub mib: u32,
    /// Rounds of the module's churn at a time; they are repeated as long as there is
    /// other I/O.
    pub rounds: u32,
    /// A waveform to be written.
    pub wave: Option<Waveform>,
    /// A log of transactions to be written.
    pub log: Option<PathBuf>,
    /// Where the console's text goes.
    pub console: Option<PathBuf>,
    /// How long the whole boot may take.
    pub limit: Duration,
    /// How long the console may be silent.
    pub silence: Duration,
    /// QEMU's models in place of the RTL.
    pub reference: bool,
    /// Set when somebody wants an end.
    pub interrupted: Arc<AtomicBool>,
}

/// How a boot ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// The guest switched itself off.
    Off,
    /// The console was silent for too long.
    Silent,
    /// It took too long.
    TooLong,
    /// QEMU ended with an error, and said this.
    Broken(String),
}

/// SHA-256 of what the guest should have seen, and of what is on the disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Digests {
    /// The disk's first part, which the guest reads.
    pub read: String,
    /// The disk's first 64 KiB.
    pub first: String,
    /// What the guest writes.
    pub data: String,
    /// The disk's second part, afterwards.
    pub written: String,
    /// The disk's first part, afterwards.
    pub kept: String,
}

/// Everything that is known of a boot.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The run.
    pub run: Run,
    /// The build of the RTL.
    pub build: Build,
    /// Pages of paging runs.
    pub pages: Pages,
    /// MiB.
    pub mib: u32,
    /// How it ended.
    pub ending: Ending,
    /// What the console said.
    pub console: Console,
    /// Checksums.
    pub digests: Digests,
    /// What rogues tried.
    pub attempts: Vec<Attempt>,
    /// What the RTL did; `None` for QEMU's models.
    pub counters: Option<Counters>,
}

/// Bytes of the disk: two parts, and a MiB of which the module takes the end.
#[must_use]
pub const fn disk_bytes(mib: u32) -> u64 {
    (2 * mib as u64 + 1) << 20
}

/// Boots the guest, lets it do its work and tells what happened.
///
/// # Errors
/// [`Error`] if it cannot be booted; what goes wrong in it is told by the facts.
pub fn boot(run: Run, distribution: &Distribution, options: &Options) -> Result<Facts, Error> {
    let folder = tempfile::Builder::new().prefix("sallyport-").tempdir();
    let folder = folder.map_err(Error::file(std::env::temp_dir()))?;
    let data = initramfs::data(options.seed, options.mib);
    let path = folder.path().join("initramfs");
    let packed = initramfs::pack(distribution, &data)?;
    fs::write(&path, packed).map_err(Error::file(&path))?;
    let tree = folder.path().join("tree.dtb");
    let words = words(run, options);
    let boot = Boot {
        initramfs: &path,
        tree: &tree,
        words: &words,
    };
    qemu::dump_tree(distribution, &boot)?;

    let hardware = hardware(run, folder.path(), options)?;
    let part = u64::from(options.mib) << 20;
    let mut digests = Digests {
        read: hardware.digest(0..part)?,
        first: hardware.digest(0..64 << 10)?,
        data: digest(&data),
        ..Digests::default()
    };
    let program = Program::start(&qemu::guest(distribution, &boot, hardware.functions()))?;
    let mut watch = Watch::new(program, options)?;
    let ending = watch.until_end(&hardware, options)?;
    let (console, attempts) = (watch.console, watch.attempts);
    digests.kept = hardware.digest(0..part)?;
    digests.written = hardware.digest(part..2 * part)?;
    Ok(Facts {
        run,
        build: options.build,
        pages: options.pages,
        mib: options.mib,
        ending,
        console,
        digests,
        attempts,
        counters: hardware.stop()?,
    })
}

fn hardware(run: Run, folder: &Path, options: &Options) -> Result<Hardware, Error> {
    let bytes = disk_bytes(options.mib);
    if options.reference {
        return Hardware::reference(folder, options.seed, bytes);
    }
    let (iommu, nvme) = (folder.join("iommu.sock"), folder.join("nvme.sock"));
    let mut server = sallyport_vfio::Options::new(&iommu, &nvme);
    server.build = options.build;
    server.seed = Seed::new(options.seed);
    server.disk_bytes = bytes;
    server.mask_capabilities = run.hidden_capabilities();
    server.wave.clone_from(&options.wave);
    server.log.clone_from(&options.log);
    Ok(Hardware::Rtl {
        server: Box::new(Server::start(server)?),
        iommu,
        nvme,
    })
}

/// What the guest's init is told.
fn words(run: Run, options: &Options) -> String {
    let mut words = format!("sallyport.mib={}", options.mib);
    if run.mode(options.build).is_some() {
        let offset = run.offset(options.build);
        let (pages, rounds) = (options.pages.name(), options.rounds);
        let holes = u32::from(has_hole(run));
        words += &format!(
            " sallyport.run=paging sallyport.pages={pages} sallyport.offset={offset:#x} \
             sallyport.rounds={rounds} sallyport.holes={holes}"
        );
        if options.reference {
            // The messages of QEMU's own controller cross the IOMMU.
            words += " sallyport.msi=0x28000000";
        }
    }
    if let Some(rogue) = run.rogue() {
        words += &format!(" sallyport.ask={}", rogue.name());
    }
    words
}

/// Whether the module leaves a hole into which the controller runs: not where the
/// faults of a rogue are to be counted.
#[must_use]
pub fn has_hole(run: Run) -> bool {
    matches!(run, Run::Sv39 | Run::Sv48 | Run::Sv57)
}

/// A guest that is listened to.
struct Watch {
    program: Option<Program>,
    console: Console,
    attempts: Vec<Attempt>,
    text: Option<BufWriter<File>>,
}

impl Watch {
    fn new(program: Program, options: &Options) -> Result<Self, Error> {
        let text = options.console.as_ref().map(|path| {
            let file = File::create(path).map_err(Error::file(path))?;
            Ok::<_, Error>(BufWriter::new(file))
        });
        Ok(Self {
            program: Some(program),
            console: Console::default(),
            attempts: Vec::new(),
            text: text.transpose()?,
        })
    }

    /// Listens until the guest has ended, is silent for too long, or takes too long.
    fn until_end(&mut self, hardware: &Hardware, options: &Options) -> Result<Ending, Error> {
        const STEP: Duration = Duration::from_millis(100);
        let clock = Clock::start();
        let mut last = Duration::ZERO;
        let ending = loop {
            let line = match &self.program {
                Some(program) => program.line(STEP),
                None => Line::End,
            };
            if options.interrupted.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            let now = clock.elapsed();
            match line {
                Line::Some(line) => {
                    last = now;
                    self.take(&line, hardware, options)?;
                }
                Line::Late if now - last > options.silence => break Some(Ending::Silent),
                Line::Late => {}
                Line::End => break None,
            }
            if now > options.limit {
                break Some(Ending::TooLong);
            }
        };
        if let Some(text) = &mut self.text {
            let path = options.console.clone().unwrap_or_default();
            text.flush().map_err(Error::file(path))?;
        }
        Ok(self.ended(ending))
    }

    /// The program is ended, if it has not ended by itself.
    fn ended(&mut self, ending: Option<Ending>) -> Ending {
        let Some(program) = self.program.take() else {
            return ending.unwrap_or(Ending::Off);
        };
        if let Some(ending) = ending {
            let _ = program.end();
            return ending;
        }
        // It has closed its output: there is nothing left for it to do.
        let (status, errors) = program.wait(Duration::from_secs(10));
        if status.is_some_and(|status| status.success()) {
            Ending::Off
        } else {
            let last = errors.last().map_or("it said nothing", String::as_str);
            Ending::Broken(last.to_owned())
        }
    }

    fn take(&mut self, line: &str, hardware: &Hardware, options: &Options) -> Result<(), Error> {
        if let Some(text) = &mut self.text {
            let path = options.console.clone().unwrap_or_default();
            writeln!(text, "{line}").map_err(Error::file(path))?;
        }
        let Some(event) = event(line) else {
            return Ok(());
        };
        if let Event::Said(word, what) = &event
            && word == "ask"
        {
            let rogues = [Rogue::Unattached, Rogue::Unmapped];
            if let Some(rogue) = rogues.into_iter().find(|rogue| rogue.name() == what) {
                self.attempts.extend(hardware.rogue(rogue)?);
            }
            if let Some(program) = &mut self.program {
                program.say("done");
            }
        }
        self.console.take(event);
        Ok(())
    }
}
