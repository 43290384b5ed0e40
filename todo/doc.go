// Package todo is the to-do scenario: a virtual user for services that keep
// to-do lists, and a small backend of that kind to practise on.
//
// # The user
//
// A [User] checks the service's health, then lists, creates, updates, completes and deletes todos
// with the weights 40, 30, 15, 10 and 5. It works on the todos that it created itself and
// remembers the last [Remembered] of them:
//
//   - An update or a delete with no todo to work on creates one first, and so does a complete
//     with none open; both requests belong to the task.
//   - A todo that is gone (404 or 410 for one of the user's own) was deleted by someone else. The
//     user forgets it; the request is no failure. A service that says so of every todo shows in
//     the rates: creates come before nearly every change, far above their share of the mix.
//   - A failed health check is counted as a failed request and the user goes on: a target that is
//     down for a while gets its load back when it returns.
//
// What a user does comes of its script stream, one draw a task, so that it does not depend on
// what the target answers. The rhythm that goes with it is [Rhythm].
//
// # The API
//
//	GET /health
//	GET /api/todos               POST /api/todos     {"title":"...","completed":false}
//	GET /api/todos/search?q=...
//	GET|PUT|DELETE /api/todos/{id}
//
// Services differ, and the user copes: ids are numbers or strings, named id or _id, in the answer
// to a create or within its todo, data, item or result, or at the end of its Location; lists
// are bare or within an object; creates answer any status below 400, and so do deletes.
//
// # The backend
//
// [Backend] keeps todos in memory, and no more of them than it was told to. Its latency and its share of
// errors can be changed while it serves, so that an intervention has something to change. It is
// an http.Handler; [Backend.Listen] puts it on a socket and [Backend.RoundTripper] into
// the client's own process, for tests in virtual time.
package todo
