// Package httpclient is the measured HTTP client that tasks use.
//
// A [Client] talks to one target. Every request becomes one sample in the
// report of the run that its context belongs to; outside a run the same calls
// work and nothing is measured.
//
//	web, err := httpclient.New(httpclient.Config{Host: "http://localhost:8081"})
//	...
//	err = web.Get(ctx, "/api/todos/{id}", id).Err()
//
// # Names
//
// The path is a template and the template is the name of the row in the
// report, so ids cannot make rows explode. Values are escaped: whatever an id
// holds, it stays one path segment. [Name] gives a row another name.
//
// # Time
//
// The first request of a task counts from the task's intended start plus the time
// that the script itself took before the call; each later one from its own call.
// Package scenario explains why. A sample ends when the last byte of the body has
// been read. Dialling, TLS, redirects and a wait for a free connection are part of
// it; encoding the request and checking the answer are not.
//
// # Verdict
//
// A request fails when no complete answer arrives, or when its status is 400
// or above. [Accept] lets chosen statuses pass, [Check] fails answers that
// look right. The reason of a failure is short and
// stable, without addresses, ids or the target's own words; [Error] lists
// them. A request that is in flight when the run ends is "cut off": it is not
// counted against the target.
//
// # Context
//
// A request ends when its context does. The context's values stay here, so that
// all wires are alike: an httptrace in it is not called. [Transport] passes
// everything on.
//
// # Users
//
// [Client.Session] gives a virtual user its own cookies and, with
// [Config.PerUserConns], its own connections. Both are made when first
// needed: an idle session takes a few words.
package httpclient
