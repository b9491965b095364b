// SPDX-License-Identifier: Apache-2.0
//! A program that does not outlive its run.
//!
//! It is the leader of a process group of its own, so that a ctrl-C at the terminal
//! reaches us alone, and we end the group. Should we be killed, the kernel kills it
//! (`setpriv --pdeathsig`, where there is one).

use crate::Error;
use crate::clock::Clock;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// What has come of waiting for a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A line, without its end.
    Some(String),
    /// None came in time.
    Late,
    /// There will be no more.
    End,
}

/// A running program and the lines that it prints.
#[derive(Debug)]
pub struct Program {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    errors: Receiver<String>,
}

impl Program {
    /// Starts it.
    ///
    /// # Errors
    /// [`Error::Start`].
    pub fn start(command: &Command) -> Result<Self, Error> {
        let name = command.get_program().to_string_lossy().into_owned();
        let start = |source| Error::Start {
            program: name.clone(),
            source,
        };
        let spawn = |command: &mut Command| {
            command
                .process_group(0)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
        };
        let mut guarded = Command::new("setpriv");
        guarded.args(["--pdeathsig", "KILL", "--"]);
        let mut plain = Command::new(command.get_program());
        guarded.arg(command.get_program()).args(command.get_args());
        plain.args(command.get_args());
        let mut child = spawn(&mut guarded)
            .or_else(|_| spawn(&mut plain))
            .map_err(start)?;
        let missing = || Error::Start {
            program: name.clone(),
            source: std::io::Error::other("no pipe"),
        };
        let input = child.stdin.take().ok_or_else(missing)?;
        let output = child.stdout.take().ok_or_else(missing)?;
        let complaints = child.stderr.take().ok_or_else(missing)?;
        Ok(Self {
            child,
            input,
            lines: read(output),
            errors: read(complaints),
        })
    }

    /// The next line that it prints.
    #[must_use]
    pub fn line(&self, wait: Duration) -> Line {
        match self.lines.recv_timeout(wait) {
            Ok(line) => Line::Some(line),
            Err(RecvTimeoutError::Timeout) => Line::Late,
            Err(RecvTimeoutError::Disconnected) => Line::End,
        }
    }

    /// Types a line. A program that has ended does not mind.
    pub fn say(&mut self, text: &str) {
        let _ = writeln!(self.input, "{text}").and_then(|()| self.input.flush());
    }

    /// Ends it, and what it has started, if it has not ended, and tells how it ended and what it complained of.
    #[must_use]
    pub fn end(mut self) -> (Option<ExitStatus>, Vec<String>) {
        self.kill();
        let status = self.child.wait().ok();
        (status, self.errors.iter().collect())
    }

    /// Waits for it to end by itself, and ends it if it takes longer than `limit`.
    #[must_use]
    pub fn wait(self, limit: Duration) -> (Option<ExitStatus>, Vec<String>) {
        let clock = Clock::start();
        while self.is_running() && clock.elapsed() < limit {
            clock.pause();
        }
        self.end()
    }

    /// It keeps its number meanwhile, so that its group can still be named.
    fn is_running(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        self.id()
            .is_some_and(|id| matches!(waitid(WaitId::Pid(id), options), Ok(None)))
    }

    fn id(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
    }

    fn kill(&self) {
        if let Some(id) = self.id() {
            // It may have ended by itself.
            let _ = kill_process_group(id, Signal::KILL);
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.kill();
            let _ = self.child.wait();
        }
    }
}

/// Lines as they come. The thread ends with the pipe.
fn read(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut bytes = Vec::new();
        while matches!(pipe.read_until(b'\n', &mut bytes), Ok(1..)) {
            let text = String::from_utf8_lossy(&bytes);
            if sender.send(text.trim_end().to_owned()).is_err() {
                break;
            }
            bytes.clear();
        }
    });
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Program {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        Program::start(&command).expect("a shell")
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn it_is_talked_to_by_lines() {
        let mut program = shell("echo hello; read word; echo \"got $word\"; echo why >&2; exit 3");
        assert_eq!(program.line(LONG), Line::Some("hello".to_owned()));
        program.say("done");
        assert_eq!(program.line(LONG), Line::Some("got done".to_owned()));
        assert_eq!(program.line(LONG), Line::End);
        let (status, errors) = program.wait(LONG);
        assert_eq!(status.and_then(|status| status.code()), Some(3));
        assert_eq!(errors, ["why"]);
    }

    /// What it has started goes with it.
    #[test]
    fn nothing_outlives_it() {
        let program = shell("sleep 1000 & echo started; wait");
        assert_eq!(program.line(LONG), Line::Some("started".to_owned()));
        program.kill();
        // The pipe ends with the last process that holds it.
        assert_eq!(program.line(LONG), Line::End);
    }

    /// Nor does it keep us when it says no more, and neither does what it has started.
    #[test]
    fn the_wait_for_its_end_has_one() {
        let program = shell("exec >&-; sleep 1000");
        assert_eq!(program.line(LONG), Line::End);
        let (status, _) = program.wait(Duration::from_millis(50));
        assert_eq!(status.and_then(|status| status.code()), None, "killed");
        let program = shell("sleep 1000 >&- & exit 3");
        assert_eq!(program.line(LONG), Line::End);
        let (status, _) = program.wait(LONG);
        assert_eq!(status.and_then(|status| status.code()), Some(3));
    }

    #[test]
    fn silence_is_noticed() {
        let program = shell("sleep 1000");
        assert_eq!(program.line(Duration::from_millis(1)), Line::Late);
        assert!(program.end().0.is_some());
    }
}
