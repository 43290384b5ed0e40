// Package web serves a run to browsers and scripts: a live page, Locust's HTTP
// API, and reports in one file.
//
// [New] returns a handler that any program mounts where it likes:
//
//	page, err := web.New(source, web.Options{Title: "checkout"})
//	mux.Handle("/load/", http.StripPrefix("/load", page))
//
// # Promises
//
//   - Read-only unless Options.Control is given. What changes something is
//     refused when a browser sends it from another origin; scripts that send no
//     browser headers work.
//   - Every address in the page is relative, so it works under any prefix and
//     behind a proxy that rewrites one. It loads nothing from elsewhere.
//   - Without a viewer nothing is computed. All viewers share one encoder that
//     works once a second; a viewer too slow to follow skips seconds.
//   - Names and error texts are data, never markup; the page runs without
//     inline script under a content security policy that allows none.
//   - Locust's keys keep Locust's meaning: there, failures count with the time
//     they took. Sharper figures have their own keys, where failures are
//     slower than every success.
package web
