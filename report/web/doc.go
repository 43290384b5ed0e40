// Package web serves a run to browsers and scripts: a live page, Locust's HTTP
// API, and reports in one file.
//
// [New] returns a handler that any program mounts where it likes:
//
//	page, err := web.New(controller, web.Options{Title: "checkout"})
//	mux.Handle("/load/", http.StripPrefix("/load", page))
//
// A *loadgen.Controller is a [Source] as it is. Two things of it are left to the program. controller.Ended calls
// [Handler.Keep] where the page is to list runs that it was not open for. And the page only shows runs, which others start: a
// [Control] in Options.Control lets it start, change and stop them, as examples/embed does.
//
// With Options.Search it shows a search for a capacity, whose holds are the runs of the Source: the page has one more tab, and
// may only stop it. staircase.Live is such a search.
//
// # Promises
//
//   - Read-only unless Options.Control is given. What changes something is
//     refused when a browser sends it from another origin; scripts that send no
//     browser headers work.
//   - Every address in the page is relative, so it works under any prefix and
//     behind a proxy that rewrites one. It loads nothing from elsewhere.
//   - Without a viewer nothing is computed, except for the list of runs when the next one starts. All viewers share one encoder that
//     works once a second; a viewer too slow to follow skips seconds.
//   - Names and error texts are data, never markup; the page runs without
//     inline script under a content security policy that allows none.
//   - Locust's keys keep Locust's meaning: there, failures count with the time
//     they took. Sharper figures have their own keys, where failures are
//     slower than every success.
package web
