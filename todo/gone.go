package todo

import (
	"net/http"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// isGone says whether a todo was not there: by the status, or by an answer that counts none.
func isGone(r *httpclient.Response) bool {
	if r.Status == http.StatusNotFound || r.Status == http.StatusGone {
		return true
	}
	text := trimmed(r.Body())
	return r.Status < 300 && (string(text) == "0" || string(only(text)) == "0" || countsNone(text))
}

// countsNone says whether an object, or one that it wraps, says that a change has found no todo. One with an
// id or a title is a todo, and its members are its own.
func countsNone(text []byte) (none bool) {
	members(text, func(key, rest []byte) bool {
		_, id := idNames[string(key)]
		switch {
		case id, string(key) == "title":
			none = false
			return false
		case counts[string(key)]:
			none = none || isNo(value(rest))
		case envelopes[string(key)]:
			none = none || countsNone(rest)
		}
		return true
	})
	return none
}

// counts are keys that tell how many todos a change has found, or whether it has found one.
var counts = set("matchedcount", "deletedcount", "affectedrows", "rowsaffected", "affected", "numaffected", "rowcount", "changes",
	"count", "n", "matched", "found", "updated", "deleted", "removed", "numremoved", "numreplaced")
