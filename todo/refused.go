package todo

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// Reasons for which an answer is a failure although its status is good.
var (
	errRefused = errors.New("error in the answer")
	errPage    = errors.New("a page, not an answer")
	errGone    = errors.New("todo not found")
)

// answered is a check of a change: its answer may be empty or anything but an error or a page, such as
// the login that a redirect leads to.
func answered(r *httpclient.Response) error {
	text := trimmed(r.Body())
	switch {
	case isGone(r):
		return errGone
	case len(text) > 0 && text[0] == '<':
		return errPage
	case string(text) == "false", refused(text), complains(text):
		return errRefused
	}
	return nil
}

// answeredOrGone is answered for a todo that somebody else may have deleted.
func answeredOrGone(r *httpclient.Response) error {
	if isGone(r) {
		return nil
	}
	return answered(r)
}

// isGone says whether a todo was not there: by the status, or by an answer that counts none.
func isGone(r *httpclient.Response) (gone bool) {
	switch text := trimmed(r.Body()); {
	case r.Status == http.StatusNotFound, r.Status == http.StatusGone:
		return true
	case r.Status < 300 && len(text) > 1 && text[0] == '{':
		members(text, func(key, rest []byte) bool {
			gone = counts[string(key)] && string(value(rest)) == "0"
			return !gone
		})
	}
	return gone
}

// counts are keys that tell how many todos a change has found.
var counts = set("matchedcount", "deletedcount", "affectedrows", "rowsaffected", "affected")

// isWell is a check of the health of a service.
func isWell(r *httpclient.Response) error {
	if refused(trimmed(r.Body())) {
		return errRefused
	}
	return nil
}

// complains says whether a plain text, or a JSON string, tells of an error.
func complains(text []byte) bool {
	if len(text) == 0 || bytes.IndexByte([]byte("{[-0123456789"), text[0]) >= 0 {
		return false
	}
	lower := bytes.ToLower(text[:min(len(text), 200)])
	for _, sign := range []string{"error", "fail", "exception", "not found", "unavailable", "denied", "forbidden", "cannot ", "unauthorized"} {
		if bytes.Contains(lower, []byte(sign)) {
			return true
		}
	}
	return false
}

// refused says whether an object tells of an error. Its members say so in one of the ways of [verdicts];
// a list of todos ends the search, as what follows it can be long.
func refused(text []byte) (bad bool) {
	if len(text) < 2 || text[0] != '{' {
		return false
	}
	members(text, func(key, rest []byte) bool {
		if says := verdicts[string(key)]; says != nil {
			bad = says(value(rest))
		} else if envelopes[string(key)] {
			bad = refused(rest)
		}
		return !bad && !startsWithTodo(rest)
	})
	return bad
}

// verdicts are the keys that tell of an error, as [key] has them, and which of their values do.
var verdicts = map[string]func([]byte) bool{
	"success": isNo, "ok": isNo, "succeeded": isNo, "successful": isNo, "issuccess": isNo, "acknowledged": isNo,
	"error": isSome, "errors": isSome, "err": isSome, "errormessage": isSome, "errortype": isSome, "errorcode": isSome, "errcode": isSome,
	"exception": isSome, "fault": isSome, "failure": isSome, "haserror": isSome, "haserrors": isSome, "iserror": isSome,
	"healthy": isNo, "up": isNo, "alive": isNo, "ready": isNo,
	"status": isBad, "statuscode": isBad, "code": isBad, "httpstatus": isBad, "state": isBad, "health": isBad,
	"result": isFault, "type": isFault,
}

// envelopes are the keys of objects that may tell of an error in their turn.
var envelopes = set("data", "response", "payload", "body")

// isNo is what a flag of success says in an error.
func isNo(text []byte) bool {
	switch strings.ToLower(word(text)) {
	case "false", "0", "no":
		return true
	}
	return false
}

// isSome is what an error holds; nothing, null, false, 0, an empty text, list or object is none.
func isSome(text []byte) bool {
	if len(text) > 1 && (text[0] == '{' || text[0] == '[') {
		return !isEmpty(text)
	}
	switch strings.ToLower(word(text)) {
	case "", "null", "none", "false", "0", "no", "ok":
		return false
	}
	return true
}

// isBad is what a status in words or numbers says in an error.
func isBad(text []byte) bool {
	said := strings.ToLower(word(text))
	if n, err := strconv.Atoi(said); err == nil {
		return n >= 400 && n < 600
	}
	switch said {
	case "down", "unhealthy", "ko", "nok", "critical":
		return true
	}
	return isFault(text) || strings.Contains(said, "error") || strings.Contains(said, "fail") || strings.Contains(said, "unavailable")
}

// isFault is what the kind of an answer says in an error.
func isFault(text []byte) bool {
	switch strings.ToLower(word(text)) {
	case "error", "fail", "failed", "failure", "exception", "fault":
		return true
	}
	return false
}
