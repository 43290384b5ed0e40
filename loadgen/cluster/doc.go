// Package cluster makes one run with several processes: a Coordinator, which has hooks, claims, page and
// report, and workers, which have the users.
//
//	c, err := cluster.Listen(ctx, cluster.Config{Listen: "*:5557", Token: token, Program: "shop"})
//	if err != nil { ... }
//	defer c.Close()
//	if err := c.Await(ctx, 3, 0); err != nil { ... }
//	runner.Fleet = c
//	sum, err := runner.Run(ctx) // as that of one process, with Workers
//
// and elsewhere, in the same program:
//
//	err := cluster.Work(ctx, cluster.WorkerConfig{Join: join, Program: "shop", Configure: configure})
//
// A worker works out the plan of the whole run and makes its share of it, which depends on seed and
// numbers alone: all workers together do what one process would do. After the start a worker needs no
// one to make its load.
//
// # The protocol
//
// Messages go over NATS (package internal/bus), below lg1.CLUSTER. Control is JSON, figures are a
// record.Delta; what is malformed is refused and logged.
//
//	join      worker asks      who it is; the answer has the settings, or refuses in a sentence
//	clock     worker asks      what time it is: 16 times at first, then each 10 s until an answer is quick, 8 times at most
//	w.ID.beat worker asks      each second without a row: I am here; the answer has the number of the last command
//	w.ID.row  worker asks      take these figures; the answer says which are here, and what that to a beat does
//	w.ID.missed worker asks    for commands after a number
//	w.ID.zero worker asks      of a coordinator that was started again: here is when the run began, when is it for all?
//	w.ID.log  worker asks      keep these lines of my log: each second with such, at most
//	to.ID.NONCE coordinator asks  prepare, arm, go, cancel, abandon, quit
//	all.command coordinator says  scale, reset, stop, reassign: at an offset of the run, numbered
//
// ID is the worker's name, which the bus vouches for, and NONCE its process: one that comes back under its
// old name is another one.
//
// A run begins in three steps. All workers prepare: each works out the plan and answers with its digest, with the digest of
// what its users do first, and with the bound of its clock; the coordinator has worked out the same and refuses
// what differs. Then all are armed for an instant two seconds ahead, then all are let go. A worker
// that was not let go does not begin, and if one does not answer all are called off. Offsets count from that instant on
// the coordinator's monotonic clock, which each worker follows; no wall clock matters.
//
// Each second a worker takes what its Recorder has and sends it as a row with the next number, one row at a time, until the
// coordinator has it; a lost answer brings the row again, and the coordinator merges each number once, in
// order. What cannot be sent stays, first in rows, then in the Recorder. A row also says what all rows before it come to, and
// the coordinator compares: a difference is a note in the report.
//
// # Loss
//
// A worker silent for 3 s is missing, and may come back. It counts as lost when it certainly makes no load any longer. For
// that a worker ends its load when it has had no answer for Config.Orphan, counted from the instant at which it asked; the coordinator
// waits that long, counted from when it heard the question, and a little longer for clocks and running tasks. Only
// then may others make the lost load (LossPolicy). Figures of a lost worker still count when they come later: the
// requests were real. The report has the losses by phase: Summary.Workers, PhaseSummary.Lost and a note in
// front of all others.
//
// A coordinator that ends without warning can be started again. With Config.Checkpoint it keeps its run in a file: the figures, which
// rows are in them, the commands. An answer to a row says which rows are in the file, and a worker forgets no other. With
// Config.Resume the next coordinator loads that; Coordinator.Left has the request to start the run with. The workers join it, say
// when offset 0 was by their clocks, and get the median. On an external bus the one before may come back: it asks
// whether another one leads whenever it stood still, was cut off, or hears one of its workers speak to another one, and ends its run if so. Of
// two that ask the one that did not stand still stays.
package cluster
