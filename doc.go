// Package loadgenerator is the root of the Load Generator module and holds no
// code. Start with:
//
//   - [github.com/gensim/load-generator/loadgen]: the engine; below it the measured
//     HTTP client, the command line, Datadog and go test
//   - [github.com/gensim/load-generator/scenario]: users, tasks, pacing
//   - [github.com/gensim/load-generator/phase]: the plan of a run
//   - [github.com/gensim/load-generator/report]: what a run came to; below it how
//     to measure a task that is not HTTP, what an intervention did, claims, and
//     the page that shows a run
//
// The examples folder has a program for each way of use.
package loadgenerator
