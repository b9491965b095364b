// SPDX-License-Identifier: Apache-2.0
//! The devices' AXI4 port: a request is a burst, of whatever kind AXI4 allows,
//! and its data is followed there and back.

use super::burst::burst;
use super::flight::Flights;
use super::{Reply, Top};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use sallyport_bench::hardware::Ticket;
use sallyport_bench::{System, SystemConfig};
use sallyport_bus::{Clock, ManagerTiming, SubordinateTiming};
use sallyport_formats::Spa;
use sallyport_model::Request;

/// `iommu_axi`, whose devices read and write a memory of their own: what they
/// write changes no tables.
#[derive(Debug)]
pub struct AxiTop {
    system: System,
    rng: ChaCha8Rng,
    flights: Flights,
    next: u64,
}

impl AxiTop {
    /// What passed in the last clock.
    fn look(&mut self, now: Clock) -> Result<(), String> {
        let trace = *self.system.trace();
        let seen = *self.system.seen();
        if trace.accept {
            self.flights
                .accepted(seen.write_accepted, trace.accept_tag, now)?;
        } else if seen.read_accepted || seen.write_accepted {
            return Err("a legal burst was not translated".to_owned());
        }
        if trace.answer {
            self.flights
                .answered(trace.answer_tag, trace.answer_fault, now)?;
        }
        for address in self.system.take_addresses() {
            self.flights.left(address.write, &address.ax)?;
            if !address.write {
                self.scribble(Spa::new(address.ax.addr));
            }
        }
        if let Some(beat) = seen.data_sent {
            self.flights.data_left(beat)?;
        }
        if let Some(beat) = seen.data_returned {
            self.flights.returned(beat);
        }
        while let Some(done) = self.system.devices().pop_completion() {
            self.flights.over(&done)?;
        }
        Ok(())
    }

    /// Something to be read, where nobody has written yet.
    fn scribble(&mut self, at: Spa) {
        let bytes: [u8; 64] = self.rng.random();
        if let Some(sink) = self.system.data_sink() {
            sink.write(Spa::new(at.raw() & !63), &bytes);
        }
    }
}

impl Top for AxiTop {
    fn create(config: &SystemConfig) -> Result<Self, String> {
        let mut rng = config.seed.fork("bursts").rng();
        let mut config = config.clone();
        if rng.random_range(0..3) > 0 {
            config.devices = ManagerTiming::RANDOM;
        }
        if rng.random_range(0..3) > 0 {
            let latency = [4, 40, 200][rng.random_range(0..3)];
            config.data_memory = SubordinateTiming::random(latency);
        }
        let mut system = System::new(&config).map_err(|error| error.to_string())?;
        system.absorb_data();
        Ok(Self {
            system,
            rng,
            flights: Flights::default(),
            next: 0,
        })
    }

    fn submit(&mut self, request: &Request) -> bool {
        let Some(transaction) = burst(request, self.system.width(), &mut self.rng) else {
            return false;
        };
        let ticket = Ticket(self.next);
        self.next += 1;
        let (ax, data) = (*transaction.ax(), transaction.data().map(<[_]>::to_vec));
        let handle = self.system.devices().submit(transaction);
        self.flights.submitted(ticket, handle, *request, ax, data);
        true
    }

    fn in_flight(&self) -> usize {
        self.flights.len()
    }

    fn step(&mut self) -> Result<(), String> {
        let now = self.system.now();
        self.system.step().map_err(|error| error.to_string())?;
        self.look(now)
    }

    fn pop_reply(&mut self) -> Option<Reply> {
        self.flights.pop_reply()
    }

    of_system!();

    fn complaint(&mut self) -> Option<String> {
        let violation = self.system.violations().next().map(ToString::to_string);
        let stray = self.system.devices().stray_responses() > 0;
        violation.or_else(|| stray.then(|| "a response without a burst".to_owned()))
    }
}
