// Package samples writes every request of a run to a file: as JSON lines or CSV, whole or a share of them, compressed and
// bounded, without slowing the run. It is a part of a program of package loadgen/cli ([Part]), and an Observer for a loadgen.Runner
// or loadgen/loadtest ([New]).
//
// Package report/samplefile reads the file and makes the Summary of it again, as "loadgen report FILE" does. docs/samples.md
// documents the schema.
//
// Requests are copied from the recorder, 512 at a time, into a queue of bounded length. A goroutine takes them from there to
// the file; when the disk is so slow that the queue is full, requests are left out of the file, counted and reported.
package samples
