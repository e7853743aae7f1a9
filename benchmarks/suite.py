"""The members of the suite, in the order in which they run."""

from __future__ import annotations

from benchmarks import (
    impact,
    incremental,
    marts,
    orders,
    publishing,
    sample,
    streams,
    trivial,
)
from benchmarks.figures import Part

PARTS = (
    Part("start", "What the runner itself costs: 300 trivial models", trivial.start),
    Part("peers", "The same 300 models by others", trivial.peers, trivial.no_peer),
    Part("sample", "The sample shop", sample.small),
    Part("report", "The report", sample.reports),
    Part("retail", "Online Retail", sample.online_retail, sample.no_data),
    Part("orders", "The orders domain", orders.against_bare),
    Part("lines", "Order lines, the one heavy step", orders.lines),
    Part("marts", "Each heavy mart against other ways", marts.marts),
    Part("mrr", "MRR movements", streams.mrr),
    Part("events", "Events to days of users", streams.events),
    Part("growth", "How the orders domain grows", orders.growth),
    Part("incremental", "One more day, a late order, a merged customer", incremental.incremental),
    Part("publishing", "Publishing ten marts", publishing.publishing),
    Part("impact", "Knowing what changed", impact.impact),
)
