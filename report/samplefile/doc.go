// Package samplefile writes and reads files with every request of a run, as JSON lines or CSV, plain, by gzip or by
// zstd, and makes the run's Summary of one again.
//
// A file has a first record that says which run it is of ([Header]), a row for each request, and a last record ([End])
// with what rows do not say: counts of tasks, levels of users, health. A file without it is of a run that was killed, or that is in
// progress; what it has can be read. docs/samples.md documents the schema.
//
//	r, err := samplefile.Open("run.jsonl.gz")
//	if err != nil {
//		return err
//	}
//	defer r.Close()
//	for x, err := range r.All() {
//		if err != nil {
//			return err
//		}
//		fmt.Println(x.Op.Name, x.Done-x.Intended)
//	}
//
// Rows come in the order in which requests ended, by part of the generator: about that of time, not exactly.
package samplefile
