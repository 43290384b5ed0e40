package todo

import (
	"bytes"
	"errors"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// errNoList is the failure reason of a list that is none.
var errNoList = errors.New("no list in the answer")

// holdsList is a check for a list of todos: bare, or a value of an object, within others as deep as
// wrappings says. null is an empty one, as encoders write a list that was never filled.
func holdsList(r *httpclient.Response) error {
	text := trimmed(r.Body())
	if refused(text) {
		return errRefused
	}
	switch {
	case string(text) == "null",
		within(text, "{}") && holdsNothingElse(text),
		within(text, "[]") && (isEmpty(text) || startsWithTodo(text)),
		within(text, "{}") && inObject(text, wrappings):
		return nil
	}
	return errNoList
}

// within says whether text stands between two brackets.
func within(text []byte, pair string) bool {
	return len(text) > 1 && text[0] == pair[0] && text[len(text)-1] == pair[1]
}

// startsWithTodo says whether the first element of a list could be a todo: an object with an id, a
// title or the like. Errors, rows of numbers and names are lists too.
func startsWithTodo(list []byte) (found bool) {
	first, _ := after('[', list)
	members(first, func(key, _ []byte) bool {
		found = todoKeys[string(key)]
		return !found
	})
	return found
}

// todoKeys are keys of a todo. Some services wrap each one: {"node":{...}}.
var todoKeys = set("id", "_id", "todoid", "itemid", "taskid", "uuid", "guid", "pk", "objectid", "rowid",
	"title", "completed", "done", "iscompleted", "isdone", "todo", "task", "todoitem", "attributes", "node")

// listKeys are the keys of a list that has nothing in it.
var listKeys = set("todos", "todo", "todolist", "todoitems", "items", "itemlist", "tasks", "tasklist", "data", "result", "results", "list", "lists",
	"content", "contents", "rows", "row", "records", "docs", "documents", "entries", "value", "values", "elements", "member", "members",
	"payload", "response", "objects", "collection", "hits", "edges", "nodes", "page", "open", "done", "active", "completed", "pending", "hydra:member")

// isListKey says whether a list without elements under this key is one of todos: myTodos, todo_items.
func isListKey(key []byte) bool {
	return listKeys[string(key)] || bytes.Contains(key, []byte("todo")) || bytes.Contains(key, []byte("task"))
}

// holdsNothingElse says whether an empty list is all that an object has: then it is that of the todos,
// whatever it is called.
func holdsNothingElse(text []byte) bool {
	n, empty := 0, false
	members(text, func(key, rest []byte) bool {
		n++
		empty = len(rest) > 0 && rest[0] == '[' && isEmpty(rest) && !otherKeys[string(key)]
		return empty && n == 1
	})
	return n == 1 && empty
}

// otherKeys are those of lists of other things.
var otherKeys = set("reasons", "problems", "causes", "issues", "failures", "alerts", "notifications", "logs", "roles", "error", "errors", "warnings", "messages", "links", "_links", "details", "violations", "notices", "meta", "debug", "trace", "user", "users")

func set(names ...string) map[string]bool {
	out := make(map[string]bool, len(names))
	for _, name := range names {
		out[name] = true
	}
	return out
}

// inObject says whether one of an object's values is a list of todos, or an object that has one.
func inObject(text []byte, deep int) (found bool) {
	members(text, func(key, rest []byte) bool {
		switch {
		case len(rest) == 0, otherKeys[string(key)]:
		case rest[0] == '[':
			found = isEmpty(rest) && isListKey(key) || startsWithTodo(rest)
		case rest[0] == 'n':
			found = isListKey(key)
		case rest[0] == '{' && deep > 0:
			found = inObject(rest, deep-1)
		}
		return !found
	})
	return found
}
