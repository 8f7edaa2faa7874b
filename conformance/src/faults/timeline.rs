//! Which fault each loss belongs to.

use std::time::Instant;

use ledger::Finding;

use super::Row;

/// When each fault began and was over, in their order.
#[derive(Debug, Default)]
pub(super) struct Timeline(Vec<Span>);

#[derive(Clone, Copy, Debug)]
struct Span {
    began: Instant,
    over: Instant,
}

impl Timeline {
    /// Adds the next fault.
    pub(super) fn push(&mut self, began: Instant, over: Instant) {
        self.0.push(Span { began, over });
    }

    /// Adds the findings about a client to the rows, one for each fault.
    ///
    /// An event belongs to the fault in whose time it was published, a gap event to the one in whose
    /// time it was received. What is before the first fault belongs to that one.
    pub(super) fn count(&self, findings: &[Finding], rows: &mut [Row]) {
        findings.iter().for_each(|finding| rows[self.row(finding)].account.count(finding));
    }

    /// Adds a client's recovery from each fault to the rows.
    pub(super) fn time(&self, findings: &[Finding], rows: &mut [Row]) {
        let mut unrecovered = 0;
        for finding in findings {
            if let Finding::Delivered { published, received } = *finding {
                // The client has recovered from each fault that was over when the event was published.
                while let Some(span) = self.0.get(unrecovered)
                    && span.over <= published
                {
                    let took = received.saturating_duration_since(span.over);
                    rows[unrecovered].recovery.push(took.as_millis() as u64);
                    unrecovered += 1;
                }
            }
        }
    }

    /// As [`count`](Self::count), for a client that may take longer to catch up than the time until
    /// the next fault: its gap events belong to the last fault that may lose events.
    pub(super) fn count_lagging(&self, findings: &[Finding], rows: &mut [Row]) {
        for finding in findings {
            let mut row = self.row(finding);
            if let Finding::Gap { .. } | Finding::Groundless { .. } = finding {
                row = (0..=row).rev().find(|row| rows[*row].may_lose).unwrap_or(row);
            }
            rows[row].account.count(finding);
        }
    }

    /// Returns the index of the fault to which a finding belongs.
    pub(super) fn row(&self, finding: &Finding) -> usize {
        let at = match *finding {
            Finding::Delivered { published, .. }
            | Finding::Doubled { published }
            | Finding::Repeated { published }
            | Finding::Missing { published, .. }
            | Finding::Reported { published }
            | Finding::Ended { published }
            | Finding::Unended { published } => published,
            Finding::Gap { received, .. } | Finding::Groundless { received } => received,
        };
        self.0.partition_point(|span| span.began <= at).max(1) - 1
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_loss_belongs_to_the_fault_in_whose_time_the_event_was_published() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut timeline = Timeline::default();
        timeline.push(at(0), at(1));
        timeline.push(at(4), at(5));
        let delivered = |published, received| Finding::Delivered { published, received };
        let findings = [
            delivered(at(1), at(10)),
            Finding::Missing { number: 1, published: at(3) },
            Finding::Missing { number: 2, published: at(5) },
            delivered(at(7), at(11)),
            delivered(at(9), at(12)),
        ];
        let mut rows = vec![Row::default(); 2];
        timeline.count(&findings, &mut rows);
        timeline.time(&findings, &mut rows);
        let counts = |row: &Row| [row.account.delivered, row.account.missing];
        assert_eq!([counts(&rows[0]), counts(&rows[1])], [[1, 1], [2, 1]]);
        assert_eq!([&rows[0].recovery[..], &rows[1].recovery[..]], [[9_000], [6_000]]);
    }

    #[test]
    fn the_gaps_of_a_client_that_lags_belong_to_the_fault_that_made_it_lag() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut timeline = Timeline::default();
        [0, 10, 20].into_iter().for_each(|began| timeline.push(at(began), at(began)));
        let row = |may_lose| Row { may_lose, ..Row::default() };
        let gap = [Finding::Gap { received: at(30), missed: 1 }];
        let gaps = |count: fn(&Timeline, &[Finding], &mut [Row])| {
            let mut rows = vec![row(false), row(true), row(false)];
            count(&timeline, &gap, &mut rows);
            rows.iter().map(|row| row.account.gaps).collect::<Vec<_>>()
        };
        assert_eq!(gaps(Timeline::count), [0, 0, 1]);
        assert_eq!(gaps(Timeline::count_lagging), [0, 1, 0]);
    }
}
