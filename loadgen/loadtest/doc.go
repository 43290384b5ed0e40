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
// The claims are those of package report/claim. A claim about an
// unknown phase or operation fails the test before the run starts; a broken claim
// fails it afterwards, with the figure, its interval, the worst operations and the
// seed to replay.
//
// Run works in a testing/synctest bubble, where an hour of load takes a second
// or two. Summary, HTML report and Markdown are written to t.ArtifactDir(); go test
// -artifacts keeps them. Outside a bubble a run takes its real time: mind the
// -timeout of go test.
//
// A test that calls Run, RunAll, Require or RequireAll is never served from go
// test's cache, nor are the other tests of its package: Go does not know the
// target. A test that calls a Runner and none of these needs -count=1.
package loadtest
