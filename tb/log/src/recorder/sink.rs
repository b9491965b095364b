// SPDX-License-Identifier: Apache-2.0
//! Where lines go.

use std::collections::VecDeque;
use std::io::{self, Write};

use crate::line::{Header, Line};
use crate::read::LogError;
use crate::transaction::Transaction;

/// Whoever wants to know of each line.
pub(super) type Listener = Box<dyn FnMut(&Line) + Send>;

/// A writer, a listener, and the last transactions.
pub(super) struct Sink {
    writer: Option<Box<dyn Write + Send>>,
    listener: Option<Listener>,
    begun: bool,
    error: Option<io::Error>,
    kept: VecDeque<Transaction>,
    most: usize,
}

impl Sink {
    pub(super) const fn new(most: usize) -> Self {
        Self {
            writer: None,
            listener: None,
            begun: false,
            error: None,
            kept: VecDeque::new(),
            most,
        }
    }

    pub(super) fn write_to(&mut self, writer: Box<dyn Write + Send>) {
        self.writer = Some(writer);
    }

    pub(super) fn tell(&mut self, listener: Listener) {
        self.listener = Some(listener);
    }

    pub(super) fn keep(&mut self, most: usize) {
        self.most = most;
        self.trim();
    }

    pub(super) fn kept(&self) -> impl DoubleEndedIterator<Item = &Transaction> {
        self.kept.iter()
    }

    /// The first line; once, however often it is called.
    pub(super) fn begin(&mut self, header: Header) {
        if !self.begun {
            self.begun = true;
            self.line(Line::Log(header));
        }
    }

    pub(super) fn line(&mut self, line: Line) {
        if let Some(listener) = &mut self.listener {
            listener(&line);
        }
        if let Some(writer) = &mut self.writer
            && self.error.is_none()
        {
            let written = serde_json::to_writer(&mut *writer, &line)
                .map_err(io::Error::from)
                .and_then(|()| writer.write_all(b"\n"));
            self.error = written.err();
        }
        if let Line::Transaction(transaction) = line {
            self.kept.push_back(*transaction);
            self.trim();
        }
    }

    pub(super) fn finish(&mut self) -> Result<(), LogError> {
        if let Some(error) = self.error.take() {
            return Err(error.into());
        }
        if let Some(writer) = &mut self.writer {
            writer.flush()?;
        }
        Ok(())
    }

    fn trim(&mut self) {
        while self.kept.len() > self.most {
            self.kept.pop_front();
        }
    }
}
