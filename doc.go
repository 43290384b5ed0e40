// Package loadgenerator is the root of the Load Generator module and holds no
// code. Start with:
//
//   - [github.com/gensim/load-generator/loadgen]: the engine, and the measured
//     HTTP client, the command line, Datadog and go test below it
//   - [github.com/gensim/load-generator/scenario]: users, tasks, pacing
//   - [github.com/gensim/load-generator/phase]: the plan of a run
//   - [github.com/gensim/load-generator/report]: what a run measured, what an
//     intervention did, and the page that shows it
//
// The examples folder has a program for each way of use.
package loadgenerator
