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
//   - A todo that is gone (404 or 410 for one of the user's own, or an answer that counts no match) may
//     have been deleted by someone else. That is not a failure: a separate row counts it,
//     "PUT /api/todos/{id} (gone)", and the task continues with a todo that it creates. No one can have
//     deleted that one yet: if it is not found either, the request fails. So a service that loses todos,
//     gives wrong ids or does not know the request never looks healthy.
//   - A failed health check is counted as a failed request and the user acts all the same: a target
//     that is down for a while gets its load back when it returns.
//
// A user's behaviour is drawn from its script stream, one draw per task, so it does not depend on
// what the target answers. [Rhythm] is when the user acts.
//
// # The API
//
//	GET /health
//	GET /api/todos               POST /api/todos     {"title":"...","completed":false}
//	GET /api/todos/search?q=...
//	GET|PUT|DELETE /api/todos/{id}
//
// Services differ, and the user copes: ids are numbers or strings, named id, _id, todoId, todo_id, uuid and
// the like, in the answer to a create, within its todo, data, item or result, or at the end of a Location one
// segment below the collection; lists are bare or a value of an object, empty or of objects with an id or a
// title; creates answer any status below 400, and so do deletes.
//
// A good status is not enough: an answer that reports an error ("success":false, "error":"...",
// "status":"error", "code":500 and so on) fails, and so does a page in place of the answer to a change.
// Reasons are "check: no id in the answer", "check: no list in the answer", "check: error in the answer",
// "check: a page, not an answer", "check: torn JSON in the answer", "check: not done, by its status" (a change
// that was answered with 3xx) and "check: todo not found".
//
// # The backend
//
// [Backend] keeps todos in memory, up to a limit. Its latency and its share of
// errors can be changed while it serves, so that an intervention has something to change. It is
// an http.Handler; [Backend.Listen] puts it on a socket and [Backend.RoundTripper] into
// the client's own process, for tests in virtual time.
package todo
