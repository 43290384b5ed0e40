// Package loadtest runs a load test inside go test.
//
//	func TestShop(t *testing.T) {
//		loadtest.Run(t, run,
//			"baseline p95 < 250ms",
//			"intervention vs baseline p95 < +10%",
//			"abort unless failures < 20%",
//			"generator healthy",
//		)
//	}
//
// The claims are those of package report/claim. One that names a phase or an
// operation which there is not fails the test before anything runs; one that is
// broken fails it afterwards, with the figure, its interval, the worst
// operations and the seed to replay.
//
// Run works in a testing/synctest bubble, where an hour of load takes a second
// or two. Summary, HTML report and Markdown are written to t.ArtifactDir(): keep
// them with go test -artifacts. Outside a bubble a run takes its real time;
// mind the -timeout of go test.
//
// go test never answers a test that calls Run, RunAll, Require or RequireAll from its cache, nor the other
// tests of the package beside it: the target is not part of what Go compares. A test that calls a Runner
// itself and none of these needs -count=1.
package loadtest
