package todo

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// longestID bounds what a service can make a user remember, in bytes.
const longestID = 200

// wrappings is how many objects an answer may be wrapped in:
// {"data":{"todo":{"id":1}}}.
const wrappings = 2

// errNoID is the failure reason of a create that says nothing of what it made.
var errNoID = errors.New("no id in the answer")

// created is a check of a create: it keeps the id that the service gave to the new todo.
func created(id *string) httpclient.Option {
	return httpclient.Check(func(r *httpclient.Response) (err error) {
		*id, err = createdID(r)
		return err
	})
}

func createdID(r *httpclient.Response) (string, error) {
	text := trimmed(r.Body())
	if refused(text) {
		return "", errRefused
	}
	found := ""
	if json.Valid(text) {
		found = idIn(text, wrappings)
	}
	if found == "" {
		found = idAt(r.Header().Get("Location"))
	}
	if noIDs[found] || len(found) > longestID {
		return "", errNoID
	}
	return found, nil
}

// noIDs are what services write where they have none.
var noIDs = set("", ".", "..", "/", "null", "undefined", "NaN", "None", "nil", "[object Object]")

// idAt is the id in the address of a todo, which is one segment below the collection: /api/todos/7 on
// whatever host and below whatever prefix, since proxies change both. "" for any other place.
func idAt(location string) string {
	at, err := url.Parse(location)
	if err != nil {
		return ""
	}
	parts := strings.Split(strings.TrimSuffix(at.EscapedPath(), "/"), "/")
	n := len(parts)
	if n < 2 || !strings.EqualFold(parts[n-2], "todos") {
		return ""
	}
	id, _ := url.PathUnescape(parts[n-1]) // the path of a URL is well escaped
	return id
}

// idNames are the keys of an id, as [key] has them; the first one that is there counts. wrappers are
// those of the objects that a todo comes in.
var (
	idNames = ranks("id", "_id", "todoid", "itemid", "taskid", "uuid", "guid", "insertedid", "insertid", "key", "_key", "pk",
		"objectid", "rowid", "lastinsertid", "lastinsertrowid", "lastid", "newid", "createdid")
	wrappers = ranks("todo", "task", "item", "data", "result", "record", "payload", "response", "object", "content", "value")
)

func ranks(names ...string) map[string]int {
	out := make(map[string]int, len(names))
	for i, name := range names {
		out[name] = i
	}
	return out
}

// best is the text of the lowest rank so far.
type best struct {
	rank int
	text string
}

func (b *best) offer(rank int, text string) {
	if text != "" && (b.text == "" || rank < b.rank) {
		*b = best{rank, text}
	}
}

// idIn looks into an object, and into those that it may be wrapped in; what wraps a todo may have its own
// id, such as that of the request. A list of one todo is like the todo. A wrapper of another name,
// such as newTodo, is one if it holds both id and title.
func idIn(text []byte, deep int) string {
	if text = only(text); len(text) == 0 || text[0] != '{' {
		return ""
	}
	var own, inner best
	titled := false
	members(text, func(key, rest []byte) bool {
		wrapper, wraps := wrappers[string(key)]
		if rank, ok := idNames[string(key)]; ok {
			own.offer(rank, idOf(value(rest)))
		} else if wraps && deep > 0 {
			inner.offer(wrapper, idIn(value(rest), deep-1))
		} else if deep > 0 && holdsTodo(value(rest)) {
			inner.offer(len(wrappers), idIn(value(rest), 0))
		}
		titled = titled || string(key) == "title"
		return true
	})
	if own.text != "" && (titled || inner.text == "") {
		return own.text
	}
	return inner.text
}

// holdsTodo says whether an object, or the only one of a list, has both an id and a title.
func holdsTodo(text []byte) bool {
	id, titled := false, false
	members(only(text), func(key, _ []byte) bool {
		_, known := idNames[string(key)]
		id, titled = id || known, titled || string(key) == "title"
		return !id || !titled
	})
	return id && titled
}

// only is the element of a list of one, and any other text itself.
func only(text []byte) []byte {
	if len(text) == 0 || text[0] != '[' {
		return text
	}
	inside := bytes.TrimSpace(text[1 : len(text)-1])
	if n := valueEnd(inside); n < len(inside) {
		return nil
	}
	return inside
}

// idOf is a JSON string or number as text; "" for anything else.
func idOf(text []byte) string {
	if id := word(text); id != "true" && id != "false" && id != "null" {
		return id
	}
	return ""
}
